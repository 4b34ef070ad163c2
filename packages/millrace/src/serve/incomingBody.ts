import type { Readable } from 'node:stream'
import { Pieces } from './Pieces.ts'
import { readBody } from './readBody.ts'

/** The body of one request on a server of Node's. */
export class IncomingBody {
  readonly #source: Readable
  readonly #announced: number
  readonly #onWanted: () => void
  /** Once it is being read. */
  #lose: (() => void) | undefined = undefined

  /**
   * @param announced what the request says of its length, in bytes; 0 where it says nothing
   * @param onWanted called when it is about to be read, and has not been refused
   */
  constructor(source: Readable, announced: number, onWanted: () => void) {
    this.#source = source
    this.#announced = announced
    this.#onWanted = onWanted
  }

  /** As `Exchange.body`. */
  read(maxBytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const pieces = new Pieces()
      const lose = readBody(this.#source, this.#announced, maxBytes, {
        data: (chunk) => pieces.add(chunk),
        end: () => resolve(pieces.whole()),
        fail: reject,
      })
      this.#begin(lose)
    })
  }

  /** As `Exchange.bodyStream`. */
  stream(maxBytes: number): ReadableStream<Uint8Array> {
    const source = this.#source
    let lose: (() => void) | undefined
    const read = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      lose = readBody(source, this.#announced, maxBytes, {
        data: (chunk) => {
          source.pause()
          controller.enqueue(chunk)
        },
        end: () => controller.close(),
        fail: (error) => controller.error(error),
      })
      this.#begin(lose)
    }
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (lose) source.resume()
          else read(controller)
        },
        cancel: () => lose?.(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Tells whoever still waits for it that no more of it comes. */
  lose(): void {
    this.#lose?.()
  }

  #begin(lose: () => void): void {
    this.#lose ??= lose
    // Without a reader it has been refused.
    if (!this.#source.destroyed && this.#source.readableFlowing !== null) this.#onWanted()
  }
}
