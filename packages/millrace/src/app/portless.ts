import type { ExchangeHandler } from '../serve/exchange.ts'
import { FetchTransport } from '../serve/fetch.ts'
import type { InProcessTransport } from '../serve/inProcess.ts'
import type { InProcessInit } from '../socket/openInProcess.ts'

/** The ways to an app that need no port: web requests, and WebSockets of test clients. */
export class Portless {
  readonly #handle: ExchangeHandler
  readonly #fetches: FetchTransport
  #sockets: InProcessTransport | undefined

  constructor(handle: ExchangeHandler) {
    this.#handle = handle
    this.#fetches = new FetchTransport(handle)
  }

  answer(request: Request): Promise<Response> {
    return this.#fetches.answer(request)
  }

  /** Opens a WebSocket, as browsers have one, over a connection that does not leave the process. */
  async openWebSocket(url: string, init: InProcessInit): Promise<object> {
    const { InProcessTransport } = await import('../serve/inProcess.ts')
    const { openInProcess } = await import('../socket/openInProcess.ts')
    this.#sockets ??= new InProcessTransport(this.#handle)
    return openInProcess(url, this.#sockets.connect(), init)
  }

  /** Ends the streams that nobody reads. */
  dropUnread(): void {
    this.#fetches.dropUnread()
  }

  destroy(): void {
    this.#fetches.destroy()
    this.#sockets?.destroy()
  }
}
