import { codes, type ErrorCode } from './codes.ts'
import { HttpError } from './HttpError.ts'
import { withoutFrames } from './withoutFrames.ts'

/** What Millrace throws by itself: a profile may tell it in other words than ours. */
class CodedError extends HttpError {}

/** An {@link HttpError} with one of Millrace's own codes and the status that belongs to it. */
export function codedError(
  code: ErrorCode,
  detail: string,
  options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
): HttpError {
  return withoutFrames(() => new CodedError(codes[code].status, detail, { code, ...options }))
}

/** The code of an error that Millrace has thrown by itself; `undefined` for those of the app. */
export function codeOfOwn(error: unknown): ErrorCode | undefined {
  // It was made of one.
  return error instanceof CodedError ? (error.code as ErrorCode) : undefined
}
