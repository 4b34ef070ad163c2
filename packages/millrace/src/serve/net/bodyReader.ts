import { ChunkedDecoder } from './chunkedDecoder.ts'
import type { Intake } from './intake.ts'
import type { RequestBody } from './requestBody.ts'
import { inChunks } from './requestHead.ts'

/** Takes the bytes of one body from a connection (RFC 9112, section 6.3). */
export class BodyReader {
  readonly #body: RequestBody
  readonly #intake: Intake
  readonly #decoder: ChunkedDecoder | undefined
  /** Of a body whose length is announced. */
  #left: number
  #heldBytes = 0

  /** @param length {@link inChunks}, or as announced */
  constructor(length: number, maxHeaderBytes: number, body: RequestBody, intake: Intake) {
    this.#intake = intake
    this.#body = body
    this.#decoder = length === inChunks ? new ChunkedDecoder(maxHeaderBytes) : undefined
    this.#left = length
  }

  /** Whether the body is whole. */
  get isDone(): boolean {
    return this.#decoder ? this.#decoder.isDone : this.#left === 0
  }

  /** As {@link ChunkedDecoder.read}. */
  read(bytes: Buffer, at: number, end: number): number {
    if (this.#decoder) return this.#decoder.read(bytes, at, end, this.#take)
    const next = Math.min(end, at + this.#left)
    if (next === at) return at
    this.#left -= next - at
    this.#take(bytes, at, next)
    return next
  }

  /** How many bytes the body holds more than at the last call. */
  takeHeld(): number {
    const held = this.#heldBytes
    this.#heldBytes = 0
    return held
  }

  /** Tells whoever reads the body that something has happened. */
  tell(): void {
    if (this.isDone) this.#body.end(this.#decoder?.trailers)
    else this.#body.flush()
  }

  readonly #take = (bytes: Buffer, at: number, end: number): void => {
    if (this.#body.isComing) this.#heldBytes += this.#body.push(this.#intake.own(bytes, at, end))
  }
}
