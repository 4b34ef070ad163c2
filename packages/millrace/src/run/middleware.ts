import type { MiddlewareContext, RequestContext } from '../input/context.ts'
import { Answer } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'

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
export type Middleware = (context: MiddlewareContext, next: Next) => MaybePromise<Answer | Response | undefined | void>

/** The rest of the way for one request. It never throws and never rejects. */
export type Core = (context: RequestContext) => MaybePromise<Answer>

/** What a layer may turn into an answer. */
export interface Conversions {
  readonly fromResponse: (response: Response, context: RequestContext) => Answer
  readonly fromError: (error: unknown, context: RequestContext) => MaybePromise<Answer>
}

/** Composes an onion, outermost layer first, around a core. Done once, when the app compiles. */
export function compose(layers: readonly Middleware[], core: Core, conversions: Conversions): Core {
  return layers.reduceRight<Core>((inner, layer) => wrap(layer, inner, conversions), core)
}

function wrap(layer: Middleware, inner: Core, { fromResponse, fromError }: Conversions): Core {
  return (context) => {
    let last: MaybePromise<Answer> | undefined
    const settle = (result: Answer | Response | undefined | void): MaybePromise<Answer> => {
      if (result instanceof Answer) return result
      if (result instanceof Response) return fromResponse(result, context)
      return last ?? fromError(new TypeError('A middleware neither called next() nor returned an answer'), context)
    }
    try {
      const result = layer(context, () => {
        if (last) throw new TypeError('A middleware called next() twice')
        last = inner(context)
        return last
      })
      if (!isPromise(result)) return settle(result)
      return result.then(settle).catch((error) => fromError(error, context))
    } catch (error) {
      return fromError(error, context)
    }
  }
}
