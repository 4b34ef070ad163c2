import { type Duplex, duplexPair } from 'node:stream'
import type { ExchangeHandler } from './exchange.ts'
import { type HttpServer, makeHttpServer } from './http/listenHttp1.ts'

/** Connections that never leave the process, to a server of HTTP/1.1 without a port: for tests. */
export class InProcessTransport {
  readonly #server: HttpServer
  readonly #open: Set<Duplex> = new Set()

  constructor(handle: ExchangeHandler) {
    this.#server = makeHttpServer({ handle })
  }

  /** The client's end of a new connection. */
  connect(): Duplex {
    const [client, server] = duplexPair()
    for (const end of [client, server]) {
      this.#open.add(end)
      end.once('close', () => {
        this.#open.delete(end)
        // As with a connection of the system: neither end outlives the other.
        ;(end === client ? server : client).destroy()
      })
    }
    // Node's documented way to serve a connection that comes from elsewhere.
    this.#server.server.emit('connection', server)
    return client
  }

  /** Ends the connections that are left. */
  destroy(): void {
    for (const end of this.#open) end.destroy()
  }
}
