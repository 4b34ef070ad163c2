import { type Answered, isItemStream, readItems, readValue } from './read.ts'
import type { Call, ClientStream } from './types.ts'

/** Sends a request; the signal aborts it, and the reading of its answer too. */
export type Send = (signal: AbortSignal) => Promise<Answered>

/**
 * A call that has not been sent yet. Nothing here knows which operation it is for: whether it is awaited as a
 * value or iterated as a stream is the caller's choice, which the types guide.
 */
export class PendingCall implements Call<unknown>, ClientStream<unknown> {
  readonly [Symbol.toStringTag] = 'Call'
  readonly #send: Send
  #answered: Promise<Answered> | undefined = undefined
  #value: Promise<unknown> | undefined = undefined

  constructor(send: Send) {
    this.#send = send
  }

  async response(): Promise<Response> {
    return (await this.#open()).response
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    const controller = new AbortController()
    try {
      yield* readItems(await this.#send(controller.signal))
    } finally {
      // Whoever leaves the loop wants no more of it: the server sees the connection close.
      controller.abort()
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise that begins when it is awaited
  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#value ??= this.#read()
    return this.#value.then(onFulfilled, onRejected)
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.then(null, onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.then().finally(onFinally)
  }

  #open(): Promise<Answered> {
    this.#answered ??= this.#send(new AbortController().signal)
    return this.#answered
  }

  async #read(): Promise<unknown> {
    const answered = await this.#open()
    // An async function that returns a stream awaits it on the way; what arrives must still be a stream.
    if (answered.response.ok && isItemStream(answered.response)) return new OpenStream(answered)
    return readValue(answered)
  }
}

/** A stream whose answer has begun. It can be iterated once. */
class OpenStream implements ClientStream<unknown> {
  readonly #answered: Answered

  constructor(answered: Answered) {
    this.#answered = answered
  }

  async response(): Promise<Response> {
    return this.#answered.response
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    return readItems(this.#answered)
  }
}
