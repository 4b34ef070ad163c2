import type { AnswerStream } from '../answer.ts'

/**
 * So much is given to Node at once, about a frame. It says of a write only that all of it has left, and that something
 * leaves is how a slow client is told from one that takes nothing.
 */
export const maxWriteBytes: number = 16 * 1024

/**
 * A client that is quick gets more: for an answer of 4 MiB, writes of 16 KiB take 1.8 ms of processor time, of 256 KiB
 * 1.4, as one that is not split (Node 24).
 */
const maxQuickBytes = 256 * 1024
const quickMs = 100

/** A whole body, given out in pieces, of which each has left before the next is asked for. */
export class BodyInPieces implements AnswerStream {
  readonly #bytes: Uint8Array
  #at = 0
  #size = maxWriteBytes
  #givenMs = Number.NEGATIVE_INFINITY

  constructor(body: string | Uint8Array) {
    this.#bytes = typeof body === 'string' ? Buffer.from(body) : body
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const at = this.#at
    if (at >= this.#bytes.byteLength) return { done: true, value: undefined }
    const nowMs = performance.now()
    this.#size = nowMs - this.#givenMs < quickMs ? Math.min(this.#size * 2, maxQuickBytes) : maxWriteBytes
    this.#givenMs = nowMs
    this.#at = at + this.#size
    return { done: false, value: this.#bytes.subarray(at, this.#at) }
  }

  async return(): Promise<void> {
    this.#at = this.#bytes.byteLength
  }
}
