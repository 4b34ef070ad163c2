import {
  type App,
  type Dependencies,
  type Logger,
  silentLogger,
  type TransportLimits,
  type TransportName,
} from 'millrace'
import { afterEach, describe, expect } from 'vitest'
import { Http2Client } from './http2.ts'

/** An app behind one transport. */
export interface Served {
  /** Sends a request to a path of the app. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Of the server, where there is one. */
  readonly url: string
  close(): Promise<void>
}

const open = new Set<Served>()

afterEach(async () => {
  const left = [...open]
  open.clear()
  await Promise.all(left.map((served) => served.close()))
})

function keep(served: Served): Served {
  open.add(served)
  return served
}

let inUse: TransportName = 'net'

/** From now on {@link serveHttp} listens with this transport: a file of tests can run another once more. */
export function useTransport(transport: TransportName): void {
  inUse = transport
}

/** Of the servers that tests start in this file. */
export function transportInUse(): TransportName {
  return inUse
}

/** Behind a server on a free port of 127.0.0.1: on the default transport, where no other has been chosen. */
export async function serveHttp<D extends Dependencies>(
  app: App<D>,
  limits?: TransportLimits,
  transport: TransportName = inUse,
): Promise<Served & { readonly port: number }> {
  const server = await app.listen({ port: 0, signals: false, graceMs: 500, transport, ...(limits ? { limits } : {}) })
  const served = {
    url: server.url,
    port: server.port,
    request: (path: string, init?: RequestInit) => fetch(server.url + path, init),
    close: () => server.close(),
  }
  keep(served)
  return served
}

/** Behind a server on a free port of 127.0.0.1, which is asked by HTTP/2. */
export async function serveHttp2<D extends Dependencies>(
  app: App<D>,
  limits?: TransportLimits,
): Promise<Served & { readonly port: number; readonly client: Http2Client }> {
  const server = await app.listen({
    port: 0,
    signals: false,
    graceMs: 500,
    transport: 'http2',
    ...(limits && { limits }),
  })
  const client = new Http2Client(server.url)
  const served = {
    url: server.url,
    port: server.port,
    client,
    request: (path: string, init?: RequestInit) => client.request(path, init),
    close: async () => {
      await server.close()
      client.session.destroy()
    },
  }
  keep(served)
  return served
}

/** Behind `app.fetch`, without a socket. */
export async function serveFetch<D extends Dependencies>(app: App<D>): Promise<Served> {
  return keep({
    url: 'http://localhost',
    request: (path, init) => app.request(path, init),
    close: () => app.stop({ graceMs: 500 }),
  })
}

/** Puts an app behind a transport. */
export type Serve = <D extends Dependencies>(app: App<D>) => Promise<Served>

/** Runs the same tests on every transport. */
export function describeTransports(name: string, tests: (serve: Serve) => void): void {
  describe.each([
    ['net', (app) => serveHttp(app, undefined, 'net')],
    ['http', (app) => serveHttp(app, undefined, 'http')],
    ['http2', (app) => serveHttp2(app)],
    ['fetch', serveFetch],
  ] satisfies [string, Serve][])(`${name} (%s)`, (_transport, serve) => tests(serve))
}

/** A logger that remembers. After each test, errors that nobody has taken make it fail. */
export interface Recorder {
  readonly logger: Logger
  /** Takes the errors that were logged so far: message and the error's own message. */
  takeErrors(): { message: string; error: string | undefined }[]
}

const recorders = new Set<Recorder>()

export function recorder(): Recorder {
  let errors: { message: string; error: string | undefined }[] = []
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => {
      const { error } = (fields ?? {}) as { error?: unknown }
      errors.push({
        message,
        error: error instanceof Error ? error.message : error === undefined ? undefined : String(error),
      })
    },
  }
  const made: Recorder = {
    logger,
    takeErrors: () => {
      const taken = errors
      errors = []
      return taken
    },
  }
  recorders.add(made)
  return made
}

afterEach(() => {
  const left = [...recorders].flatMap((one) => one.takeErrors())
  recorders.clear()
  expect(left, 'errors were logged that the test did not expect').toEqual([])
})
