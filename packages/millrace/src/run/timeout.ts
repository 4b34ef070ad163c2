import { codedError } from '../errors/codedError.ts'
import type { RequestContext } from '../input/context.ts'
import { milliseconds } from '../plan/limits.ts'
import { type Answer, isStream } from '../serve/answer.ts'
import { isPromise } from '../serve/maybePromise.ts'
import type { Middleware } from './middleware.ts'

/**
 * Answers 504, code `timed_out`, when the answer has not begun after `ms` milliseconds, and aborts the
 * request's `signal`; 408, code `request_timeout`, when it is the body that has not come. For a stream the
 * time ends with its first item.
 *
 * @throws {StartupError} `invalid_option` when `ms` is not a positive number
 */
export function timeout(ms: number): Middleware {
  const timeoutMs = milliseconds(ms, 'The time of timeout()')
  return (context, next) => {
    const answer = next()
    // Every context is one; middleware is shown less of it.
    return isPromise(answer) ? inTime(context as RequestContext, answer, timeoutMs) : answer
  }
}

function inTime(context: RequestContext, answer: Promise<Answer>, ms: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      const error = context['~isReading']
        ? codedError('request_timeout', `The body did not come within ${ms} ms`)
        : codedError('timed_out', `The answer was not ready within ${ms} ms`)
      context['~abort'](error)
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
