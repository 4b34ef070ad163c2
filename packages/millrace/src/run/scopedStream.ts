import type { AnswerStream } from '../serve/answer.ts'

/** A stream that closes something once it has ended, before its end is told. */
export class ScopedStream implements AnswerStream {
  readonly #inner: AnswerStream
  readonly #close: () => Promise<void>

  constructor(inner: AnswerStream, close: () => Promise<void>) {
    this.#inner = inner
    this.#close = close
  }

  async next(): Promise<IteratorResult<string | Uint8Array, unknown>> {
    const result = await this.#inner.next()
    if (result.done) await this.#close()
    return result
  }

  async return(): Promise<void> {
    await this.#inner.return()
    // The stream's own end may be why we are here; a failure has then been told by next().
    await this.#close().catch(() => undefined)
  }
}
