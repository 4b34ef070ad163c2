import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { boundedResponse } from './boundedResponse.ts'

/** Statuses after which the same call may succeed. */
const passing = (status: number) => status === 408 || status === 429 || status >= 500
/** The server has too much to do; so has this one, for as long as that lasts. */
const busy: ReadonlySet<number> = new Set([429, 503])
/** What the caller's own input is to blame for. */
const callersFault: ReadonlySet<number> = new Set([400, 413, 422])

/** Of an answer that tells of an error; what a larger one says is not read. */
const maxErrorBytes = 64 * 1024
/** Of that, what is passed on. */
const maxDetailLength = 1_000

/** An answer with an error status. */
export class StatusError extends Error {
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(status: number, message: string, retryAfterMs: number | undefined) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }

  get isCallersFault(): boolean {
    return callersFault.has(this.status)
  }
}

/** A failure that may pass. */
export class RetryableError extends HttpError {
  readonly retryAfterMs: number | undefined

  constructor(status: number, code: string, detail: string, cause: unknown, retryAfterMs?: number) {
    super(status, detail, { code, cause, ...(status === 503 ? { headers: retryHeaders(retryAfterMs ?? 1_000) } : {}) })
    this.retryAfterMs = retryAfterMs
  }
}

/** What the caller is told of a failure that is not the caller's. */
export function failureOf(error: unknown, isLate: boolean): Error {
  // An answer that is whole and still wrong will be wrong again.
  if (error instanceof ModelError) return error
  if (isLate)
    return new RetryableError(504, 'remote_timeout', 'The server behind this model did not answer in time', error)
  if (!(error instanceof StatusError))
    return new RetryableError(
      502,
      'remote_failed',
      'The server behind this model cannot be reached, or broke off',
      error,
    )
  const { status, retryAfterMs } = error
  const detail = `The server behind this model answered with ${status}`
  if (!passing(status)) return new HttpError(502, detail, { code: 'remote_failed', cause: error })
  return new RetryableError(busy.has(status) ? 503 : 502, 'remote_failed', detail, error, retryAfterMs)
}

/** Makes an error of an answer with an error status. */
export async function statusErrorOf(response: Response): Promise<StatusError> {
  return new StatusError(response.status, await said(response), retryAfterOf(response.headers))
}

/** `retry-after` in seconds, and in milliseconds for who reads that. */
export function retryHeaders(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(ms / 1_000)), 'retry-after-ms': String(Math.ceil(ms)) }
}

/** What a server says of an error, in the members that servers of this kind use. */
async function said(response: Response): Promise<string> {
  const text = await boundedResponse(response, maxErrorBytes)
    .text()
    .catch(() => '')
  return messageIn(text).slice(0, maxDetailLength)
}

function messageIn(text: string): string {
  try {
    const { error, message, detail } = JSON.parse(text) as {
      error?: string | { message?: string }
      message?: string
      detail?: unknown
    }
    const told = (typeof error === 'object' ? error.message : error) ?? message ?? detail
    return typeof told === 'string' ? told : JSON.stringify(told ?? text)
  } catch {
    return text
  }
}

/** RFC 9110, section 10.2.3, in seconds or as a date; `retry-after-ms` is what the OpenAI SDKs understand. */
function retryAfterOf(headers: Headers): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
