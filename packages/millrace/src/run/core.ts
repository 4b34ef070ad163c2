import type { Checkers } from '../check/checker.ts'
import { closeAllWith, closeScope } from '../depend/cleanup.ts'
import type { Resolvers } from '../depend/resolver.ts'
import type { BodyReader } from '../input/body.ts'
import type { RequestContext } from '../input/context.ts'
import type { Callable } from '../plan/dependency.ts'
import { type Answer, isStream } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { ErrorAnswerer } from './errors.ts'
import type { Core } from './middleware.ts'

/** The stages of one operation, compiled. */
export interface Stages {
  readonly checkers: Checkers
  readonly resolvers: Resolvers
  readonly readBody: BodyReader | undefined
  readonly bindNames: ((context: RequestContext) => void) | undefined
  readonly handler: Callable
  readonly encode: (result: unknown, context: RequestContext) => MaybePromise<Answer>
  readonly fromError: ErrorAnswerer
}

type Step = (context: RequestContext) => MaybePromise<unknown>

/**
 * Strings the stages of an operation together: guards, body, checks, dependencies, handler, reply. It stays
 * synchronous until a step gives a promise.
 */
export function compileCore(stages: Stages): Core {
  const { checkers, resolvers, readBody, bindNames, handler, encode } = stages
  const steps: Step[] = []
  if (checkers.guards) steps.push(checkers.guards)
  if (resolvers.guards) steps.push(resolvers.guards)
  if (readBody) steps.push((context) => keepBody(context, readBody(context)))
  if (checkers.rest) steps.push(checkers.rest)
  if (resolvers.rest) steps.push(resolvers.rest)

  const call = (context: RequestContext): MaybePromise<Answer> => {
    bindNames?.(context)
    const result = handler(context)
    return isPromise(result) ? result.then((value) => encode(value, context)) : encode(result, context)
  }
  const run = (context: RequestContext, from: number): MaybePromise<Answer> => {
    for (let index = from; index < steps.length; index++) {
      const done = (steps[index] as Step)(context)
      if (isPromise(done)) return done.then(() => run(context, index + 1))
    }
    return call(context)
  }
  const succeed = (answer: Answer, context: RequestContext) =>
    context['~opened'] ? closeHandlerScope(answer, context) : answer
  const fail = (error: unknown, context: RequestContext) => answerFailure(error, context, stages.fromError)

  return (context) => {
    try {
      const answer = run(context, 0)
      if (!isPromise(answer)) {
        const closed = succeed(answer, context)
        return isPromise(closed) ? closed.catch((error) => fail(error, context)) : closed
      }
      const settled = answer.then((value) => succeed(value, context)).catch((error) => fail(error, context))
      context['~running'] = settled
      return settled
    } catch (error) {
      return fail(error, context)
    }
  }
}

function keepBody(context: RequestContext, body: MaybePromise<unknown>): MaybePromise<void> {
  if (isPromise(body)) return body.then((value) => void (context.body = value))
  context.body = body
  return undefined
}

function closeHandlerScope(answer: Answer, context: RequestContext): MaybePromise<Answer> {
  if (!context['~opened']?.some(({ scope }) => scope === 'handler')) return answer
  // A stream closes it at its own end.
  if (isStream(answer.body)) return answer
  return closeScope(context, 'handler').then(() => answer)
}

/** Rolls back what is open, drops the work that was to follow, and answers the error. */
function answerFailure(error: unknown, context: RequestContext, fromError: ErrorAnswerer): MaybePromise<Answer> {
  context['~work'] = undefined
  if (!context['~opened']?.length) return fromError(error, context)
  return closeAllWith(context, error).then((final) => fromError(final, context))
}
