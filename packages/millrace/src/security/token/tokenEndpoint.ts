import { HttpError } from '../../errors/HttpError.ts'
import { InputError } from '../../errors/InputError.ts'
import type { Middleware } from '../../run/middleware.ts'
import type { Answer } from '../../serve/answer.ts'
import { isPromise } from '../../serve/maybePromise.ts'
import { OAuth2Error } from './OAuth2Error.ts'

/**
 * Makes an operation a token endpoint: what it answers is not to be stored (RFC 6749, section 5.1), and its errors
 * are `{ error, error_description }` (section 5.2): those that are thrown as {@link OAuth2Error}, and whatever is
 * wrong with the request as `invalid_request`.
 */
export function tokenEndpoint(): Middleware {
  return (_context, next) => {
    const answer = next()
    return isPromise(answer) ? answer.then(finish) : finish(answer)
  }
}

function finish(answer: Answer): Answer {
  answer.headers.set('cache-control', 'no-store')
  const told = tellable(answer.error)
  if (!told) return answer
  const isCoded = told instanceof OAuth2Error
  if (!isCoded) answer.status = 400
  answer.headers.set('content-type', 'application/json')
  answer.body = JSON.stringify({
    error: isCoded ? told.code : isGrantType(told) ? 'unsupported_grant_type' : 'invalid_request',
    error_description: descriptionOf(told),
  })
  return answer
}

/** Faults of the client. Of other failures the RFC says nothing. */
function tellable(error: unknown): HttpError | undefined {
  return error instanceof HttpError && error.status < 500 && error.status !== 429 ? error : undefined
}

function isGrantType(error: HttpError): boolean {
  return (
    error instanceof InputError && error.issues.some(({ path, code }) => path[0] === 'grant_type' && code !== 'missing')
  )
}

function descriptionOf(error: HttpError): string {
  if (!(error instanceof InputError)) return error.detail
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}
