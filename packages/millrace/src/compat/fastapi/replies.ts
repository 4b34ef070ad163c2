import { codeOfOwn } from '../../errors/codedError.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import { HttpError } from '../../errors/HttpError.ts'
import { InputError } from '../../errors/InputError.ts'
import { toJson } from '../../reply/json.ts'
import { problemOf } from '../../reply/problem.ts'
import type { ReplyRules } from '../../reply/replyRules.ts'
import { Answer, isBodiless } from '../../serve/answer.ts'
import { HeaderList } from '../../serve/headers.ts'
import { RequestValidationError } from './RequestValidationError.ts'

/** FastAPI's: errors are `{"detail": …}`, an error that nobody has handled is a line of text, and text is JSON. */
export const fastapiReplies: ReplyRules = {
  toJson,
  textMediaType: undefined,
  nothing: 'null',
  errorAnswer,
  malformedRange: 'refuse',
  heartbeat: ': ping\n\n',
}

/** What FastAPI says where Millrace says more. */
const details: Partial<Record<ErrorCode, string>> = {
  not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  malformed_body: 'There was an error parsing the body',
  malformed_json: 'There was an error parsing the body',
  unsafe_key: 'There was an error parsing the body',
  body_too_large: 'Content Too Large',
  too_many_values: 'Content Too Large',
}

function errorAnswer(error: unknown, isDebug: boolean): Answer {
  if (!(error instanceof HttpError)) return failure(error, isDebug)
  const headers = HeaderList['~of']('content-type', 'application/json')
  const answer = isBodiless(error.status)
    ? new Answer(error.status, [], null, error)
    : new Answer(error.status, headers, toJson({ detail: detailOf(error) }), error)
  for (const [name, value] of Object.entries(error.headers ?? {})) answer.headers.set(name, value)
  return answer
}

/** Any JSON: `extra.detail` where it is more than a text. */
function detailOf(error: HttpError): unknown {
  if (error instanceof RequestValidationError) return error.errors
  if (error instanceof InputError) return error.issues
  const code = codeOfOwn(error)
  if (code !== undefined) return details[code] ?? error.detail
  return error.extra?.['detail'] ?? error.detail
}

function failure(error: unknown, isDebug: boolean): Answer {
  const headers = HeaderList['~of']('content-type', 'text/plain; charset=utf-8')
  const { detail, stack } = problemOf(error, isDebug)
  const text = isDebug ? [detail, ...((stack as string[] | undefined) ?? [])].join('\n') : 'Internal Server Error'
  return new Answer(500, headers, text, error)
}
