import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import { holdBody } from '../input/holdBody.ts'
import { Answer } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isResponse } from '../serve/webClasses.ts'

/** Calls what lies further in. It always answers: errors have become answers by then, with `error` set. */
export type Next = () => MaybePromise<Answer>

/**
 * One layer of the onion around an operation. It may change the answer of `next`, give one of its own, or
 * throw. Returning nothing means the answer of `next`.
 *
 * @example
 * app.use(async (context, next) => {
 *   const answer = await next()
 *   answer.headers.set('x-powered-by', 'water')
 * })
 */
export type Middleware = (context: MiddlewareContext, next: Next) => MaybePromise<Result>

type Result = Answer | Response | undefined | void

/** The rest of the way for one request. It never throws and never rejects. */
export type Core = (context: RequestContext) => MaybePromise<Answer>

/** What a layer may turn into an answer. */
export interface Conversions {
  readonly fromResponse: (response: Response, context: RequestContext) => MaybePromise<Answer>
  readonly fromError: (error: unknown, context: RequestContext) => MaybePromise<Answer>
}

/** Composes an onion, outermost layer first, around a core. Done once, when the app compiles. */
export function compose(layers: readonly Middleware[], core: Core, conversions: Conversions): Core {
  return layers.reduceRight<Core>((inner, layer) => wrap(layer, inner, conversions), core)
}

function wrap(layer: Middleware, inner: Core, conversions: Conversions): Core {
  return (context) => new Call(inner, context, conversions).run(layer)
}

/** One layer at one request. */
class Call {
  readonly #inner: Core
  readonly #context: RequestContext
  readonly #conversions: Conversions
  #last: MaybePromise<Answer> | undefined = undefined
  #isOver = false

  constructor(inner: Core, context: RequestContext, conversions: Conversions) {
    this.#inner = inner
    this.#context = context
    this.#conversions = conversions
  }

  run(layer: Middleware): MaybePromise<Answer> {
    try {
      const result = layer(this.#context, this.#next)
      return isPromise(result) ? this.#settle(result) : this.#answerOf(result)
    } catch (error) {
      return this.#fail(error)
    }
  }

  readonly #next = (): MaybePromise<Answer> => {
    if (this.#last) throw new TypeError('A middleware called next() twice')
    if (this.#isOver) throw new TypeError('A middleware called next() after it had answered')
    this.#last = this.#inner(this.#context)
    return this.#last
  }

  async #settle(result: Promise<Result>): Promise<Answer> {
    try {
      return await this.#answerOf(await result)
    } catch (error) {
      return this.#fail(error)
    }
  }

  #answerOf(result: Result): MaybePromise<Answer> {
    this.#isOver = true
    const context = this.#context
    // One of the layer's own may be one for all requests: what is added for this one must not stay with it.
    if (result instanceof Answer)
      return result === context['~answer'] ? result : hold(holdBody(result['~copy'](), context), context)
    if (isResponse(result)) return this.#convert(result)
    if (this.#last) return this.#last
    return this.#fail(new TypeError('A middleware neither called next() nor returned an answer'))
  }

  async #convert(response: Response): Promise<Answer> {
    try {
      return hold(await this.#conversions.fromResponse(response, this.#context), this.#context)
    } catch (error) {
      return this.#fail(error)
    }
  }

  #fail(error: unknown): MaybePromise<Answer> {
    this.#isOver = true
    return this.#conversions.fromError(error, this.#context)
  }
}

function hold(answer: Answer, context: RequestContext): Answer {
  context['~answer'] = answer
  return answer
}
