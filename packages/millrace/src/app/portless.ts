import type { ExchangeHandler } from '../serve/exchange.ts'
import type { FetchTransport } from '../serve/fetch.ts'
import type { InProcessTransport } from '../serve/inProcess.ts'
import type { InProcessInit } from '../socket/openInProcess.ts'

/** The ways to an app that need no port: web requests, and WebSockets of test clients. Both are loaded when they are taken first. */
export class Portless {
  readonly #handle: ExchangeHandler
  #fetches: FetchTransport | undefined
  #sockets: InProcessTransport | undefined

  constructor(handle: ExchangeHandler) {
    this.#handle = handle
  }

  answer(request: Request): Promise<Response> {
    return this.#fetches?.answer(request) ?? this.#answerFirst(request)
  }

  async #answerFirst(request: Request): Promise<Response> {
    const { FetchTransport } = await import('../serve/fetch.ts')
    this.#fetches ??= new FetchTransport(this.#handle)
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
    this.#fetches?.dropUnread()
  }

  destroy(): void {
    this.#fetches?.destroy()
    this.#sockets?.destroy()
  }
}
