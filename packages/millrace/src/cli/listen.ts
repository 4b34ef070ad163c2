import { readFileSync } from 'node:fs'
import type { App } from '../app/app.ts'
import type { Server } from '../app/listen.ts'
import { docsPlanOf } from '../describe/docsOptions.ts'
import type { TransportName } from '../serve/transports.ts'
import { CliError } from './CliError.ts'
import { logRequests } from './logRequests.ts'

/** How an app is to be served: what a command tells the process that serves. */
export interface ServeOrder {
  /** Absolute path. */
  readonly entry: string
  /** Of the app's export. */
  readonly app?: string | undefined
  readonly host: string
  readonly port: number
  readonly graceMs: number
  /** Default: that of `app.listen`. */
  readonly transport?: TransportName | undefined
  /** Files in PEM, for HTTPS: both or none. */
  readonly tlsKey?: string | undefined
  readonly tlsCert?: string | undefined
  /** Where requests are logged, unless the app does that itself: on the terminal, or by the app's logger. */
  readonly accessLog?: 'terminal' | 'logger' | undefined
}

/** An app that listens, and what to tell of it. */
export interface Served {
  readonly server: Server
  readonly url: string
  readonly docsUrl: string | undefined
}

/** Listens. @throws {CliError} when the address cannot be listened on, and whatever the app throws at start-up */
export async function listen(app: App, order: ServeOrder, { signals }: { signals: boolean }): Promise<Served> {
  const { host, port, graceMs, transport } = order
  const tls = tlsOf(order)
  if (order.accessLog) logRequests(app, order.accessLog)
  const server = await app
    .listen({ host, port, graceMs, signals, ...(tls && { tls }), ...(transport && { transport }) })
    .catch((error: NodeJS.ErrnoException) => {
      throw explain(error, order) ?? error
    })
  // These stand for every address of the machine; a browser wants one.
  const isEvery = server.host === '0.0.0.0' || server.host === '::'
  const url = isEvery ? `${tls ? 'https' : 'http'}://localhost:${server.port}` : server.url
  const docsPath = docsPathOf(app)
  return { server, url, docsUrl: docsPath === undefined ? undefined : url + docsPath }
}

function tlsOf({ tlsKey, tlsCert }: ServeOrder): { readonly key: Buffer; readonly cert: Buffer } | undefined {
  if (tlsKey === undefined && tlsCert === undefined) return undefined
  if (tlsKey === undefined || tlsCert === undefined)
    throw new CliError('address', 'HTTPS needs a key and a certificate: give both --tls-key and --tls-cert.')
  return { key: readTls('--tls-key', tlsKey), cert: readTls('--tls-cert', tlsCert) }
}

function readTls(option: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new CliError('address', `The file of ${option} cannot be read: ${(error as Error).message}`)
  }
}

function explain({ code, syscall }: NodeJS.ErrnoException, { host, port }: ServeOrder): CliError | undefined {
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return undefined
  if (code === 'EADDRINUSE')
    return new CliError(
      'address',
      `Port ${port} of ${host} is in use. Stop what uses it, or choose another with --port (0 takes a free one).\n` +
        'If the entry calls app.listen() by itself, let it do so only where import.meta.main is true.',
    )
  if (code === 'EACCES')
    return new CliError('address', `This user may not listen on port ${port}. Choose one above 1023 with --port.`)
  return new CliError(
    'address',
    `${host} is no address of this machine to listen on (${code}). Choose another with --host.`,
  )
}

function docsPathOf(app: App): string | undefined {
  const { swagger, redoc } = docsPlanOf(app['~options'].docs)
  return (swagger ?? redoc)?.path
}
