import type { RequestContext } from '../input/context.ts'
import type { Answer, AnswerStream } from '../serve/answer.ts'
import { isStream } from '../serve/answer.ts'

/** Holds a body in pieces to the length that its answer announces. */
export function measured(answer: Answer, context: RequestContext): Answer {
  const { body } = answer
  if (!isStream(body)) return answer
  const length = answer.headers.get('content-length')
  if (length !== undefined && /^\d+$/.test(length)) answer.body = new MeasuredStream(body, Number(length), context)
  return answer
}

/** A body of a known length: with fewer bytes or with more it fails, and the log tells it. */
class MeasuredStream implements AnswerStream {
  readonly #stream: AnswerStream
  readonly #length: number
  readonly #context: RequestContext
  #sent = 0
  #isOver = false

  constructor(stream: AnswerStream, length: number, context: RequestContext) {
    this.#stream = stream
    this.#length = length
    this.#context = context
  }

  async next(): Promise<IteratorResult<string | Uint8Array, unknown>> {
    const piece = await this.#stream.next()
    if (this.#isOver) return piece
    if (piece.done === true) {
      if (this.#sent < this.#length) await this.#fail(`${this.#sent}`)
    } else {
      this.#sent += Buffer.byteLength(piece.value)
      if (this.#sent > this.#length) await this.#fail(`${this.#sent} or more`)
    }
    return piece
  }

  async #fail(sent: string): Promise<never> {
    const error = new RangeError(`The body has ${sent} bytes, and its content-length announces ${this.#length}`)
    const { log, method, path } = this.#context
    log.error('A stream has not the length that it announces', { error, method, path })
    await this.return()
    throw error
  }

  return(): Promise<void> {
    // The end that follows is not that of the body.
    this.#isOver = true
    return this.#stream.return()
  }
}
