import { Failure } from '../check/Failure.ts'
import { closeAllWith, closeScope } from '../depend/cleanup.ts'
import type { Swallowed } from '../depend/generator.ts'
import type { RequestContext } from '../input/context.ts'
import type { Callable } from '../plan/dependency.ts'
import { type Answer, isStream } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isUpgrade } from '../serve/upgrade.ts'
import type { ErrorAnswerer } from './errors.ts'
import type { Core } from './middleware.ts'
import type { Step } from './order.ts'

/** The stages of one operation, compiled. */
export interface Stages {
  /** All that comes before the handler. */
  readonly preparation: readonly (Step | undefined)[]
  readonly bindNames: ((context: RequestContext) => void) | undefined
  readonly handler: Callable
  readonly encode: (result: unknown, context: RequestContext) => MaybePromise<Answer>
  readonly fromError: ErrorAnswerer
  readonly swallowed: Swallowed
}

/**
 * Strings the stages of an operation together: what a handler needs, the handler, its reply. It stays
 * synchronous until a step gives a promise, and takes one `async` function for all that follows.
 */
export function compileCore(stages: Stages): Core {
  const steps = stepsOf(stages)
  const fail = (error: unknown, context: RequestContext) => answerFailure(error, context, stages)

  const resume = async (context: RequestContext, pending: Promise<unknown>, from: number): Promise<Answer> => {
    try {
      let value = await pending
      if (value instanceof Failure) return await fail(value.error, context)
      for (let index = from; index < steps.length; index++) {
        value = (steps[index] as Step)(context, value)
        if (isPromise(value)) value = await value
        if (value instanceof Failure) return await fail(value.error, context)
      }
      // The last step gives the answer.
      return (context['~answer'] = value as Answer)
    } catch (error) {
      return await fail(error, context)
    } finally {
      context['~running'] = undefined
    }
  }

  return (context) => {
    try {
      let value: unknown
      for (let index = 0; index < steps.length; index++) {
        value = (steps[index] as Step)(context, value)
        if (value instanceof Failure) return fail(value.error, context)
        if (isPromise(value)) {
          const answer = resume(context, value, index + 1)
          context['~running'] = answer
          return answer
        }
      }
      return (context['~answer'] = value as Answer)
    } catch (error) {
      return fail(error, context)
    }
  }
}

function stepsOf({ preparation, bindNames, handler, encode }: Stages): Step[] {
  const steps: (Step | undefined)[] = [
    ...preparation,
    bindNames,
    (context) => handler(context),
    (context, result) => encode(result, context),
    (context, answer) => (context['~opened'] ? closeHandlerScope(answer as Answer, context) : answer),
  ]
  return steps.filter((step) => step !== undefined)
}

function closeHandlerScope(answer: Answer, context: RequestContext): MaybePromise<Answer> {
  if (!context['~opened']?.some(({ scope }) => scope === 'handler')) return answer
  // A stream closes it at its own end, and so does a WebSocket.
  if (isStream(answer.body) || isUpgrade(answer)) return answer
  return closeScope(context, 'handler').then(() => answer)
}

/** Rolls back what is open, drops the work that was to follow, and answers the error. */
function answerFailure(
  error: unknown,
  context: RequestContext,
  { fromError, swallowed }: Stages,
): MaybePromise<Answer> {
  context['~work'] = undefined
  if (!context['~opened']?.length) return fromError(error, context)
  return closeAllWith(context, error, swallowed).then((final) => fromError(final, context))
}
