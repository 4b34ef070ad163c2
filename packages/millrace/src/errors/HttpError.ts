import { titleOf } from './codes.ts'

/** What {@link HttpError} may carry besides status and detail. */
export interface HttpErrorOptions {
  /** A stable name that programs can test for, such as `out_of_stock`. */
  readonly code?: string
  /** Headers of the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem object (RFC 9457, section 3.2). */
  readonly extra?: Readonly<Record<string, unknown>>
  /** What caused it; never sent. Middleware finds it in `answer.error`. */
  readonly cause?: unknown
}

/**
 * Thrown to answer a request with an error status. The answer is a problem object (RFC 9457).
 *
 * @param status 400 to 599
 * @param detail what went wrong, for the caller to read; it is sent
 * @throws {RangeError} when `status` is no error status
 *
 * @example
 * throw new HttpError(404, 'No such item', { code: 'no_item' })
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly status: number
  readonly detail: string
  readonly code: string | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly extra: Readonly<Record<string, unknown>> | undefined

  constructor(status: number, detail?: string, options: HttpErrorOptions = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`HttpError needs a status from 400 to 599, not ${status}`)
    super(detail ?? titleOf(status), options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.detail = this.message
    this.code = options.code
    this.headers = options.headers
    this.extra = options.extra
  }
}

/**
 * Throws an {@link HttpError}, where an expression is needed.
 *
 * @example
 * const item = items.get(id) ?? fail(404, 'No such item')
 */
export function fail(status: number, detail?: string, options?: HttpErrorOptions): never {
  throw new HttpError(status, detail, options)
}
