import type { Issue } from '../errors/InputError.ts'

/** A problem object (RFC 9457), as Millrace answers errors. */
export interface ClientProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** A stable name to test for, such as `invalid_input`. */
  readonly code?: string
  /** With code `invalid_input`: each input that did not fit its schema. */
  readonly errors?: readonly Issue[]
  readonly [extra: string]: unknown
}

/** What is known of a failed call. */
export interface ClientErrorParts {
  readonly request: string
  readonly status: number
  readonly body: unknown
  readonly response: Response
}

/**
 * Thrown when a call is not answered with a status of success, and when a stream tells of a failure after it
 * has begun. A server that cannot be reached is not one of these: `fetch` throws its own `TypeError`.
 *
 * @example
 * try { await client.get('/items/:id', { params: { id: 7 } }) }
 * catch (error) { if (error instanceof ClientError && error.status === 404) return undefined; throw error }
 */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  /** Of the answer; of a stream that failed later, the one its problem object tells. */
  readonly status: number
  /** Where the answer is a problem object; the server's `errors` are in it. */
  readonly problem: ClientProblem | undefined
  /** The answer's body: parsed JSON, text or bytes. */
  readonly body: unknown
  readonly headers: Headers
  /** Its body has been read; it is in {@link body}. */
  readonly response: Response

  constructor({ request, status, body, response }: ClientErrorParts) {
    const problem = isProblem(body) ? body : undefined
    super(`${request} was answered with ${status}: ${problem?.detail ?? (response.statusText || 'no problem object')}`)
    this.status = status
    this.problem = problem
    this.body = body
    this.headers = response.headers
    this.response = response
  }
}

/** Whether a value is a problem object; Millrace's have all four of these members. */
export function isProblem(value: unknown): value is ClientProblem {
  if (typeof value !== 'object' || value === null) return false
  const { type, title, status, detail } = value as Record<string, unknown>
  return (
    typeof type === 'string' && typeof title === 'string' && typeof status === 'number' && typeof detail === 'string'
  )
}
