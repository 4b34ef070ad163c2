import type { MiddlewareContext } from '../input/baseContext.ts'
import type { Outcome } from './delivery.ts'
import type { Listener } from './events.ts'

/**
 * What an access log tells of a request. There is nothing in it that a query, a cookie or another header holds; what
 * a path names is there.
 */
export interface AccessEntry {
  /** Upper case. */
  readonly method: string
  /** As it came, undecoded, without the query and without the app's `basePath`. */
  readonly path: string
  /** The pattern of the operation, such as `/items/:id`; `undefined` where none answered. */
  readonly route: string | undefined
  /** 503 where a stop has left the request behind without an answer. */
  readonly status: number
  /**
   * Of the body that was sent, as it was sent: compressed, where it was. Where the client has left, it may not have had
   * all of them.
   */
  readonly bodyBytes: number
  /** From the request to the last byte of its answer, or to the end of its WebSocket. */
  readonly durationMs: number
  /** As `trustProxy` says. */
  readonly clientAddress: string | undefined
  /** Whether all was `sent`, the client left before or was cut, by a limit or a stop (`client_closed`), or the body broke off (`failed`). */
  readonly outcome: Outcome
}

/**
 * Writes the entry of one request, when its answer has been sent. It is not waited for, and what it throws is logged.
 *
 * @param context of the request: `context.log` and `context.id`
 */
export type AccessLog = (entry: AccessEntry, context: MiddlewareContext) => unknown

/** What `accessLog: true` writes: an entry in the log of the app, with the id of the request. */
const logAccess: AccessLog = (entry, { log }) => log.info('Answered', entry)

/** Has an access log told of each answer that has been sent. */
export function accessListener(log: AccessLog = logAccess): Listener<'request:sent'> {
  return ({ context, answer: { status }, bodyBytes, durationMs: exactMs, outcome }) => {
    const { method, path, route, clientAddress } = context
    const durationMs = Math.round(exactMs * 1_000) / 1_000
    return log({ method, path, route, status, bodyBytes, durationMs, clientAddress, outcome }, context)
  }
}
