import type { App, Dependencies } from 'millrace'
import { afterEach, describe } from 'vitest'
import { type Served, serve, type TransportName } from '../../replay/exchange.ts'

/** What came back of a port. */
export interface PortAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of JSON. */
  readonly json: unknown
}

/** Asks a port by method and path; `json` is sent as a body. */
export type Ask = (method: string, path: string, options?: AskOptions) => Promise<PortAnswer>

interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string
}

/** Serves a copy of a port, with a life of its own. */
export type Open = <D extends Dependencies>(app: App<D>) => Promise<Ask & { close(): Promise<void> }>

/** Runs the same tests without a socket, and on each transport. */
export function describePort(name: string, tests: (open: Open) => void): void {
  describe.each<TransportName>(['fetch', 'http', 'net'])(`${name} (%s)`, (transport) => {
    const left = new Set<Served>()
    afterEach(async () => {
      await Promise.all([...left].map((served) => served.close()))
      left.clear()
    })
    tests(async (app) => {
      const served = await serve(app.with(), transport)
      left.add(served)
      const ask: Ask = async (method, path, { headers = {}, json, body } = {}) => {
        const sent = json === undefined ? body : JSON.stringify(json)
        const received = await served.send({
          method,
          url: new URL(`http://testserver${path}`),
          headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          body: sent === undefined ? undefined : Buffer.from(sent),
        })
        const text = received.body.toString()
        const isJson = received.headers.get('content-type')?.includes('json') ?? false
        return { status: received.status, headers: received.headers, text, json: isJson ? JSON.parse(text) : undefined }
      }
      const close = async () => {
        left.delete(served)
        await served.close()
      }
      return Object.assign(ask, { close })
    })
  })
}
