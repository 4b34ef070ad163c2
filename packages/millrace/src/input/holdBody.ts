import { type Answer, type AnswerStream, isStream } from '../serve/answer.ts'
import type { RequestContext } from './context.ts'
import type { HeldStream } from './requestSignals.ts'

/**
 * Has the body of an answer that a handler or a middleware has made itself end with the request: a middleware may put
 * another answer in its place, and no transport ever sees it.
 */
export function holdBody(answer: Answer, context: RequestContext): Answer {
  if (isStream(answer.body)) context['~holdStream'](new HeldBody(answer.body))
  return answer
}

class HeldBody implements HeldStream {
  readonly #stream: AnswerStream

  constructor(stream: AnswerStream) {
    this.#stream = stream
  }

  return(): Promise<void> {
    return this.#stream.return()
  }

  /** Where it is being sent, it is the transport that cuts it: to its client an end would look like the whole. */
  abort(): void {}
}
