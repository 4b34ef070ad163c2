import type { SentEvent } from '../plan/kind.ts'

/** What one event of an event stream may hold; `data` and `raw` exclude each other. */
export interface EventFields<Data> {
  /** Sent as JSON, checked by the stream's schema. */
  readonly data?: Data
  /** Sent as it is, and not checked: lines of a log, or the `[DONE]` of OpenAI's streams. */
  readonly raw?: string
  /** Its name. Default: none, which clients call `message`. */
  readonly event?: string
  /** What a client that has lost its connection sends as `last-event-id` to go on from here. */
  readonly id?: string
  /** For the client to wait before it connects again. */
  readonly retryMs?: number
  /** For people and for idle connections: clients do not look at it. */
  readonly comment?: string
}

/** One event that says itself how it is written. */
export class ServerSentEvent<Data = undefined> implements SentEvent<Data> {
  readonly '~event' = true
  readonly data: Data
  readonly fields: EventFields<Data>

  constructor(fields: EventFields<Data>) {
    this.fields = fields
    // Left out only where `Data` is `undefined`.
    this.data = fields.data as Data
  }
}

/**
 * One event for a stream of {@link sse}, with what its data alone cannot say: an id, a name, a comment, or text that
 * is not JSON (WHATWG HTML, section 9.2.6).
 *
 * @throws {TypeError} when name or id hold a line break or NUL, which would end the field, or make clients ignore it;
 *   when `retryMs` is not a whole number from 0; when there is nothing to send, or both `data` and `raw`
 *
 * @example
 * yield event({ data: token, id: String(index) })
 * yield event({ raw: '[DONE]' })
 */
export function event<const Data = undefined>(fields: EventFields<Data>): ServerSentEvent<Data> {
  const { data, raw, event: name, id, retryMs, comment } = fields
  refuseBreaks('name', name)
  refuseBreaks('id', id)
  if (retryMs !== undefined && !(Number.isInteger(retryMs) && retryMs >= 0))
    throw new TypeError(`retryMs of an event has to be a whole number from 0, not ${retryMs}`)
  if (data !== undefined && raw !== undefined) throw new TypeError('An event has either data or raw, not both')
  if ([data, raw, name, id, retryMs, comment].every((field) => field === undefined))
    throw new TypeError('An event needs one of data, raw, event, id, retryMs and comment')
  return new ServerSentEvent(fields)
}

function refuseBreaks(what: string, value: string | undefined): void {
  if (value !== undefined && /[\r\n\0]/.test(value))
    throw new TypeError(`The ${what} of an event must not hold a line break or NUL`)
}
