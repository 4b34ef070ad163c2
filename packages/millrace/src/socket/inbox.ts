import type { SocketClosedError } from '../errors/SocketClosedError.ts'
import type { RawMessage } from './readMessage.ts'

/** How much an inbox holds before no more is read. */
export interface InboxLimits {
  readonly maxQueuedMessages: number
  readonly maxMessageBytes: number
}

/** What an inbox asks of its connection. */
export interface Flow {
  pause(): void
  resume(): void
  /** More has come of one packet than can be held. */
  onOverflow(): void
}

/**
 * So much may still come of a packet after {@link Flow.pause}: sixteen times what Node reads at once. Compressed,
 * a packet can hold a thousand times its size.
 */
const maxExcessBytes = 1024 * 1024

/** Messages that have come, until the handler receives them: in order, and no more than it can take. */
export class Inbox {
  readonly #limits: InboxLimits
  readonly #flow: Flow
  readonly #messages: RawMessage[] = []
  #bytes = 0
  #isPaused = false
  /** Those who wait for a message. */
  #waiting: PromiseWithResolvers<RawMessage>[] = []
  /** Why no more will come. */
  #end: SocketClosedError | undefined = undefined

  constructor(limits: InboxLimits, flow: Flow) {
    this.#limits = limits
    this.#flow = flow
  }

  /** Whether nothing is read, so that nothing is known of the client either. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  push(message: RawMessage): void {
    if (this.#end) return
    const waiting = this.#waiting.shift()
    if (waiting) return waiting.resolve(message)
    this.#messages.push(message)
    this.#bytes += message.data.length
    if (!this.#isPaused && this.#isFull) {
      this.#isPaused = true
      this.#flow.pause()
    } else if (this.#bytes > 2 * this.#limits.maxMessageBytes + maxExcessBytes) this.#flow.onOverflow()
  }

  /** @throws {SocketClosedError} when there is none any more */
  take(): Promise<RawMessage> {
    const message = this.#messages.shift()
    if (message) {
      this.#bytes -= message.data.length
      if (this.#isPaused && !this.#isFull) this.#goOn()
      return Promise.resolve(message)
    }
    if (this.#end) return Promise.reject(this.#end)
    const waiting = Promise.withResolvers<RawMessage>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  /** No more will come; what is there can still be taken. */
  end(reason: SocketClosedError): void {
    if (this.#end) return
    this.#end = reason
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason)
    // A close frame is still to be read.
    if (this.#isPaused) this.#goOn()
  }

  /** Nobody will take any more. */
  drop(): void {
    this.#messages.length = 0
    this.#bytes = 0
    if (this.#isPaused) this.#goOn()
  }

  #goOn(): void {
    this.#isPaused = false
    this.#flow.resume()
  }

  get #isFull(): boolean {
    const { maxQueuedMessages, maxMessageBytes } = this.#limits
    return this.#messages.length >= maxQueuedMessages || this.#bytes > maxMessageBytes
  }
}
