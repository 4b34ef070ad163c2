import { SocketClosedError } from '../errors/SocketClosedError.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { Ws } from './package.ts'
import type { WriteMessage } from './writeMessage.ts'

/** So much may wait to be sent before {@link Outbox.send} waits, in bytes: what a socket of Node holds for itself. */
const highWaterBytes = 64 * 1024

/** What an outbox tells. */
export interface OutboxOwner {
  /** The client reads too slowly. Returns the error to fail with. */
  onOverflow(): Error
  /** A message has left for the client. One that has waited tells that the client has read others. */
  onSent(hasWaited: boolean): void
  /** Why nothing can be sent, if nothing can. */
  readonly failure: Error | undefined
}

/** Messages on their way to the client: in order, and no more of them waiting than are allowed. */
export class Outbox {
  readonly #ws: Ws
  readonly #write: WriteMessage
  readonly #maxBufferedBytes: number
  readonly #owner: OutboxOwner
  /** The last message whose check is not over: what follows waits behind it. */
  #checking: Promise<unknown> | undefined = undefined

  constructor(ws: Ws, write: WriteMessage, maxBufferedBytes: number, owner: OutboxOwner) {
    this.#ws = ws
    this.#write = write
    this.#maxBufferedBytes = maxBufferedBytes
    this.#owner = owner
  }

  /** Resolves when there is room for the next. @throws what the check and the connection throw */
  send(message: unknown): Promise<void> {
    try {
      const written = this.#write(message)
      if (!isPromise(written) && !this.#checking) return this.#put(written)
      return this.#queue(written)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Sends a text message that is none of the operation's. */
  sendText(text: string): Promise<void> {
    return this.#checking ? this.#queue(text) : this.#put(text)
  }

  async #queue(written: MaybePromise<string | Uint8Array>): Promise<void> {
    const before = this.#checking
    const turn = (async () => {
      await before?.catch(() => undefined)
      return await written
    })()
    this.#checking = turn
    try {
      await this.#put(await turn)
    } finally {
      if (this.#checking === turn) this.#checking = undefined
    }
  }

  #put(data: string | Uint8Array): Promise<void> {
    const { failure } = this.#owner
    if (failure) return Promise.reject(failure)
    const ws = this.#ws
    if (ws.bufferedAmount > this.#maxBufferedBytes) return Promise.reject(this.#owner.onOverflow())
    const sent = Promise.withResolvers<void>()
    ws.send(data, (error) => {
      if (error) return sent.reject(this.#owner.failure ?? new SocketClosedError(1006, error.message))
      this.#owner.onSent(isWaiting)
      sent.resolve()
    })
    const isWaiting = ws.bufferedAmount > highWaterBytes
    if (isWaiting) return sent.promise
    // Nobody waits for it.
    sent.promise.catch(() => undefined)
    return Promise.resolve()
  }
}
