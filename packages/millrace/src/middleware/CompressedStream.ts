import type { Transform } from 'node:stream'
import type { AnswerStream } from '../serve/answer.ts'

type Piece = IteratorResult<string | Uint8Array, unknown>

/** A body in pieces, each compressed and given out before the next is asked for. */
export class CompressedStream implements AnswerStream {
  readonly #source: AnswerStream
  readonly #transform: Transform
  #output: Uint8Array[] = []
  #hasEnded = false

  /** @param transform flushes after each write */
  constructor(source: AnswerStream, transform: Transform) {
    this.#source = source
    this.#transform = transform
    transform.on('data', (chunk: Uint8Array) => this.#output.push(chunk))
    // Its own failures are told to the write that waits; after `destroy` there is none.
    transform.on('error', () => undefined)
  }

  async next(): Promise<Piece> {
    // A coder may keep a piece that is empty to itself.
    while (!this.#hasEnded) {
      const { done, value } = await this.#source.next()
      if (this.#hasEnded) break
      const output = done === true ? await this.#finish() : await this.#compress(value as string | Uint8Array)
      if (output.byteLength > 0) return { done: false, value: output }
    }
    return { done: true, value: undefined }
  }

  return(): Promise<void> {
    this.#hasEnded = true
    this.#transform.destroy()
    return this.#source.return()
  }

  #compress(piece: string | Uint8Array): Promise<Uint8Array> {
    return this.#take((done) => this.#transform.write(piece, done))
  }

  #finish(): Promise<Uint8Array> {
    this.#hasEnded = true
    return this.#take((done) => {
      this.#transform.once('end', () => done())
      this.#transform.end()
    })
  }

  /** What comes out until `work` is done; nothing if the stream is given up meanwhile. */
  #take(work: (done: (error?: Error | null) => void) => void): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error | null) => {
        this.#transform.off('close', settle)
        if (error && !this.#transform.destroyed) return reject(error)
        const output = this.#output
        this.#output = []
        resolve(output.length === 1 ? (output[0] as Uint8Array) : Buffer.concat(output))
      }
      this.#transform.once('close', settle)
      work(settle)
    })
  }
}
