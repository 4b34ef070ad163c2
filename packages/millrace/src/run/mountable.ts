import type { RequestContext } from '../input/context.ts'
import type { Answer } from '../serve/answer.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'

/** What can be mounted, and answers without the way through a web `Request` and a `Response`. */
export interface Mountable {
  /**
   * @param below the path below where it is mounted, undecoded, without its first slash
   * @throws what error handlers then answer
   */
  '~answer'(context: RequestContext, below: string): MaybePromise<Answer | Response>
}
