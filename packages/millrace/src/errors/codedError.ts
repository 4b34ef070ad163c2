import { codes, type ErrorCode } from './codes.ts'
import { HttpError } from './HttpError.ts'

/** An {@link HttpError} with one of Millrace's own codes and the status that belongs to it. */
export function codedError(
  code: ErrorCode,
  detail: string,
  options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
): HttpError {
  return new HttpError(codes[code].status, detail, { code, ...options })
}
