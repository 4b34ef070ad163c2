import { HttpError } from '../errors/HttpError.ts'
import { isLogged } from '../errors/logged.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import type { ErrorHandlerEntry, ErrorHandlers } from '../plan/plan.ts'
import { Answer } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isResponse } from '../serve/webClasses.ts'

/** Turns an error into an answer: a value (JSON), a `reply()`, a `Response`, or an `Answer`. */
export type ErrorHandler<E = unknown> = (error: E, context: MiddlewareContext) => unknown

/** A class of errors. */
// biome-ignore lint/suspicious/noExplicitAny: a constructor's parameters do not matter here
export type ErrorClass<E = unknown> = abstract new (...args: any[]) => E

/** How the last stage writes what error handlers return, and errors that have none. */
export interface ErrorReplies {
  readonly fromValue: (value: unknown, status: number, context: RequestContext, error: unknown) => MaybePromise<Answer>
  readonly fromProblem: (error: unknown, context: RequestContext) => Answer
}

/** Answers an error. It never throws. */
export type ErrorAnswerer = (error: unknown, context: RequestContext) => MaybePromise<Answer>

/** Compiles the error handlers of an operation: the nearest level that has one for the error answers it. */
export function compileErrors(levels: readonly ErrorHandlers[], replies: ErrorReplies): ErrorAnswerer {
  const tell = (error: unknown, context: RequestContext): Answer => {
    try {
      return replies.fromProblem(error, context)
    } catch (second) {
      // An error may carry headers that cannot be sent, or members that JSON cannot write.
      context.log.error('An error could not be told', { error: second, cause: error })
      return replies.fromProblem(second, context)
    }
  }
  const give = (thrown: Answer | Response, context: RequestContext) => {
    try {
      return replies.fromValue(thrown, thrown.status, context, undefined)
    } catch (error) {
      context.log.error('An answer that was thrown could not be given', { error })
      return tell(error, context)
    }
  }
  const answer: ErrorAnswerer = (thrown, context) => {
    if (isAnswer(thrown)) return give(thrown, context)
    const error = context['~causeOf'](thrown)
    const found = findHandler(levels, error)
    // A handler of the status 500 gives the answer a form; it has not expected this error.
    if (!(error instanceof HttpError) && typeof found?.target !== 'function' && !isLogged(error))
      context.log.error('An error was not handled', { error, method: context.method, path: context.path })
    if (!found) return tell(error, context)
    const { handler } = found
    const failed = (second: unknown) => {
      if (isAnswer(second)) return give(second, context)
      // Throwing an HttpError is one more way to say what is to be answered.
      if (second instanceof HttpError) return tell(second, context)
      context.log.error('An error handler failed', { error: second, cause: error })
      return tell(error, context)
    }
    try {
      const value = handler(error, context)
      const answer = isPromise(value)
        ? value.then((settled) => replies.fromValue(settled, statusOf(error), context, error))
        : replies.fromValue(value, statusOf(error), context, error)
      return isPromise(answer) ? answer.catch(failed) : answer
    } catch (second) {
      return failed(second)
    }
  }
  return (thrown, context) => {
    try {
      return answer(thrown, context)
    } catch (error) {
      // Of a revoked proxy nothing can be asked, not even what it is.
      context.log.error('An error could not be told', { error })
      return tell(error, context)
    }
  }
}

/** One that is thrown, such as a redirect out of a guard, is no error: it is what is answered. */
function isAnswer(thrown: unknown): thrown is Answer | Response {
  return thrown instanceof Answer || isResponse(thrown)
}

/** 500 for all that is not an HttpError. */
export function statusOf(error: unknown): number {
  return error instanceof HttpError ? error.status : 500
}

/**
 * Within a level: of an {@link HttpError} the handler of its status, then the one of the nearest class; of
 * any other error, whose status is 500 for want of one, the class comes first.
 */
function findHandler(levels: readonly ErrorHandlers[], error: unknown): ErrorHandlerEntry | undefined {
  const status = statusOf(error)
  for (const level of levels) {
    const byStatus = level.find(({ target }) => target === status)
    const found = error instanceof HttpError ? (byStatus ?? byClass(level, error)) : (byClass(level, error) ?? byStatus)
    if (found) return found
  }
  return undefined
}

function byClass(level: ErrorHandlers, error: unknown): ErrorHandlerEntry | undefined {
  for (let type = prototypeOf(error); type !== null; type = prototypeOf(type)) {
    const found = level.find(({ target }) => typeof target === 'function' && target.prototype === type)
    if (found) return found
  }
  return undefined
}

function prototypeOf(value: unknown): object | null {
  return typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null
}
