import type { RequestContext } from '../input/context.ts'
import { runWithin } from '../input/runWithin.ts'
import { type Answer, type AnswerStream, isBodiless, isStream } from '../serve/answer.ts'
import type { Trailers } from '../serve/trailers.ts'

/**
 * Has the trailers of an answer made when its body has ended. An answer that has no place for them has none from now
 * on: only a body of which nobody knows the length is followed by something.
 */
export function withTrailers(answer: Answer, trailers: Trailers, context: RequestContext): void {
  const { body, headers, status } = answer
  if (!isStream(body) || headers.has('content-length') || isBodiless(status) || context.method === 'HEAD') {
    answer.trailers = undefined
    return
  }
  // What is announced is told by the transport, where it sends trailers.
  headers.delete('trailer')
  answer.body = new TrailedStream(body, trailers, context)
}

/** A body whose end comes when its trailers are made. What they fail with, it fails with. */
class TrailedStream implements AnswerStream {
  readonly #stream: AnswerStream
  readonly #trailers: Trailers
  readonly #context: RequestContext
  readonly #left: PromiseWithResolvers<void> = Promise.withResolvers()
  #isOver = false

  constructor(stream: AnswerStream, trailers: Trailers, context: RequestContext) {
    this.#stream = stream
    this.#trailers = trailers
    this.#context = context
  }

  async next(): Promise<IteratorResult<string | Uint8Array, unknown>> {
    const piece = await this.#stream.next()
    if (piece.done !== true || this.#isOver) return piece
    this.#isOver = true
    const context = this.#context
    try {
      const run = runWithin()
      const made = run === undefined ? this.#trailers.make() : run(context, () => this.#trailers.make())
      await Promise.race([made, this.#left.promise])
    } catch (error) {
      context.log.error('The trailers of an answer failed', { error, method: context.method, path: context.path })
      context['~host'].onFailure(error, context)
      await this.return()
      throw error
    }
    return piece
  }

  return(): Promise<void> {
    this.#isOver = true
    // Nobody waits for them any more.
    this.#left.resolve()
    return this.#stream.return()
  }
}
