import { codedError } from '../errors/codedError.ts'
import type { MiddlewareContext, RequestContext } from '../input/context.ts'
import { type Answer, isStream } from '../serve/answer.ts'
import { isPromise } from '../serve/maybePromise.ts'
import type { Middleware } from './middleware.ts'

/**
 * Answers 504, code `timed_out`, when the answer has not begun after `ms` milliseconds, and aborts the
 * request's `signal`. For a stream the time ends with its first item.
 *
 * @throws {RangeError} when `ms` is not a positive number
 */
export function timeout(ms: number): Middleware {
  if (!(ms > 0)) throw new RangeError(`timeout() needs a positive number of milliseconds, not ${ms}`)
  return (context, next) => {
    const answer = next()
    return isPromise(answer) ? inTime(context, answer, ms) : answer
  }
}

function inTime(context: MiddlewareContext, answer: Promise<Answer>, ms: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      const error = codedError('timed_out', `The answer was not ready within ${ms} ms`)
      abort(context, error)
      reject(error)
    }, ms)
    const settle = (value: Answer) => {
      clearTimeout(timer)
      if (isLate && isStream(value.body)) void value.body.return()
      resolve(value)
    }
    answer.then(settle, reject)
  })
}

function abort(context: MiddlewareContext, reason: unknown): void {
  const inner = context as MiddlewareContext & Partial<Pick<RequestContext, '~abort'>>
  inner['~abort']?.(reason)
}
