import type { RequestContext } from '../input/context.ts'
import { type Answer, type AnswerStream, isBodiless, isStream } from '../serve/answer.ts'
import { isUpgrade } from '../serve/upgrade.ts'

/**
 * How the sending of an answer ended: the whole of it is sent (of a WebSocket: its connection has come to an end),
 * the connection had ended before, or its body broke off.
 */
export type Outcome = 'sent' | 'client_closed' | 'failed'

/** One answer on its way out: how much of it went, and how that ended. Only for answers that somebody watches. */
export class Delivery {
  readonly #context: RequestContext
  readonly #answer: Answer
  readonly #counted: CountedStream | undefined
  readonly #hadLeft: boolean

  /** Takes the place of the answer's stream. */
  constructor(context: RequestContext, answer: Answer) {
    const { body } = answer
    this.#context = context
    this.#answer = answer
    this.#hadLeft = context['~exchange'].isClosed
    this.#counted = isStream(body) ? new CountedStream(body, context) : undefined
    if (this.#counted) answer.body = this.#counted
  }

  get outcome(): Outcome {
    if (this.#counted?.isBroken) return 'failed'
    // The connection of a WebSocket is closed once it is over, whoever ended it.
    const hasLeft = isUpgrade(this.#answer) ? this.#hadLeft : this.#context['~exchange'].isClosed
    return hasLeft ? 'client_closed' : 'sent'
  }

  get bodyBytes(): number {
    if (this.#counted) return this.#counted.bytes
    const { status, body } = this.#answer
    const isSilent = body === null || this.#context.method === 'HEAD' || isBodiless(status) || this.#hadLeft
    return isSilent ? 0 : Buffer.byteLength(body as string | Uint8Array)
  }
}

class CountedStream implements AnswerStream {
  readonly #stream: AnswerStream
  readonly #context: RequestContext
  bytes = 0
  /** Whether it failed while there was somebody to read it. */
  isBroken = false

  constructor(stream: AnswerStream, context: RequestContext) {
    this.#stream = stream
    this.#context = context
  }

  async next(): Promise<IteratorResult<string | Uint8Array, unknown>> {
    try {
      const piece = await this.#stream.next()
      if (piece.done !== true) this.bytes += Buffer.byteLength(piece.value)
      return piece
    } catch (error) {
      this.isBroken = !this.#context['~exchange'].isClosed
      throw error
    }
  }

  return(): Promise<void> {
    return this.#stream.return()
  }
}
