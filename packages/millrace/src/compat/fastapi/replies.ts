import { codeOfOwn } from '../../errors/codedError.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import { HttpError } from '../../errors/HttpError.ts'
import { InputError } from '../../errors/InputError.ts'
import { PreflightError } from '../../errors/PreflightError.ts'
import { toJson } from '../../reply/json.ts'
import { problemOf } from '../../reply/problem.ts'
import type { ReplyRules } from '../../reply/replyRules.ts'
import { Answer, isBodiless } from '../../serve/answer.ts'
import { HeaderList } from '../../serve/headers.ts'
import { spaceAsPython } from './pythonJson.ts'
import { RequestValidationError } from './RequestValidationError.ts'
import { smartReplies } from './smartUnions.ts'

const unparsed = 'There was an error parsing the body'

/** FastAPI's: errors are `{"detail": …}`, an error that nobody has handled is a line of text, and text is JSON. */
export const fastapiReplies: ReplyRules = {
  validatorOf: smartReplies,
  writeFittingOf: undefined,
  toJson,
  jsonEnd: '',
  undeclaredItem: spaceAsPython,
  emptyMediaType: 'application/json',
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
  malformed_json: unparsed,
  unsafe_key: unparsed,
  body_too_large: 'Content Too Large',
  too_many_values: 'Content Too Large',
}

function errorAnswer(error: unknown, isDebug: boolean): Answer {
  if (!(error instanceof HttpError)) return failure(error, isDebug)
  const answer = told(error)
  for (const [name, value] of Object.entries(error.headers ?? {})) answer.headers.set(name, value)
  return answer
}

function told(error: HttpError): Answer {
  if (error instanceof PreflightError) return text(400, `Disallowed CORS ${error.reasons.join(', ')}`, error)
  if (error.code === 'untrusted_host') return text(400, 'Invalid host header', error)
  // uvicorn has no words for it.
  if (codeOfOwn(error) === 'handshake_refused') return new Answer(403, [], null, error)
  const parts = tooManyParts(error)
  if (parts !== undefined) return detail(400, parts, error)
  return isBodiless(error.status)
    ? new Answer(error.status, [], null, error)
    : detail(error.status, detailOf(error), error)
}

/** Any JSON: `extra.detail` where it is more than a text. */
function detailOf(error: HttpError): unknown {
  if (error instanceof RequestValidationError) return error.errors
  if (error instanceof InputError) return error.issues
  const code = codeOfOwn(error)
  if (code === 'malformed_body') return multipartFault(error.detail) ?? unparsed
  if (code !== undefined) return details[code] ?? error.detail
  return error.extra?.['detail'] ?? error.detail
}

/** Of a multipart body that cannot be read. */
function multipartFault(told: string): string | undefined {
  if (told.includes('no proper boundary')) return 'Missing boundary in multipart.'
  if (told.includes('content-disposition')) return 'The Content-Disposition header field "name" must be provided.'
  return /multipart|part /.test(told) ? 'Invalid multipart data.' : undefined
}

/** Of a multipart body beyond its limits, which Starlette takes for a bad request. */
function tooManyParts(error: HttpError): string | undefined {
  const code = codeOfOwn(error)
  const [, most, what] = /more than (\d+) (\w+)$/.exec(error.detail) ?? []
  if (code === 'too_many_parts') return `Too many ${what}. Maximum number of ${what} is ${most}.`
  return code === 'part_too_large' ? error.detail : undefined
}

function failure(error: unknown, isDebug: boolean): Answer {
  const { detail: message, stack } = problemOf(error, isDebug)
  const lines = isDebug ? [message, ...((stack as string[] | undefined) ?? [])] : ['Internal Server Error']
  return text(500, lines.join('\n'), error)
}

function detail(status: number, value: unknown, error: HttpError): Answer {
  return new Answer(status, HeaderList['~of']('content-type', 'application/json'), toJson({ detail: value }), error)
}

function text(status: number, value: string, error: unknown): Answer {
  return new Answer(status, HeaderList['~of']('content-type', 'text/plain; charset=utf-8'), value, error)
}
