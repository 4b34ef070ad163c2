import { SocketClosedError } from '../errors/SocketClosedError.ts'
import { refuseCloseCode } from '../errors/WebSocketError.ts'
import type { AcceptOptions, Socket } from './Socket.ts'
import type { Session } from './session.ts'

/** A session, as far as its handler sees it. */
export class HandlerSocket implements Socket {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  get signal(): AbortSignal {
    return this.#session.signal
  }

  get subprotocol(): string {
    return this.#session.subprotocol
  }

  get offeredSubprotocols(): readonly string[] {
    return this.#session.offeredSubprotocols
  }

  get isOpen(): boolean {
    return this.#session.connection?.isOpen ?? false
  }

  get bufferedBytes(): number {
    return this.#session.connection?.bufferedBytes ?? 0
  }

  accept(options: AcceptOptions = {}): Promise<void> {
    return this.#session.accept(options)
  }

  send(message: unknown): Promise<void> {
    const sent = this.#session.send(message)
    sent.catch(() => undefined)
    return sent
  }

  receive(): Promise<unknown> {
    return this.#session.receive()
  }

  async close(code = 1000, reason = ''): Promise<void> {
    refuseCloseCode(code)
    await this.#session.close(code, reason)
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return { next: () => this.#next() }
  }

  async #next(): Promise<IteratorResult<unknown>> {
    try {
      return { done: false, value: await this.#session.receive() }
    } catch (error) {
      if (error instanceof SocketClosedError) return { done: true, value: undefined }
      throw error
    }
  }
}
