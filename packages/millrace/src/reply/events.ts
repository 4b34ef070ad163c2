import type { Validate } from '../check/validator.ts'
import { ResponseError } from '../errors/ResponseError.ts'
import type { StreamKind } from '../plan/kind.ts'
import { check } from './check.ts'
import type { ItemFormat } from './itemStream.ts'
import type { ToJson } from './json.ts'
import type { ReplyRules } from './replyRules.ts'
import { type EventFields, ServerSentEvent } from './ServerSentEvent.ts'

/** How the items of an event stream are checked and written (WHATWG HTML, section 9.2.6). */
export function writeEvents(
  kind: StreamKind,
  operation: string,
  replies: ReplyRules,
  undeclaredToJson: ToJson,
): ItemFormat['write'] {
  const { write, validatorFor } = kind.events
    ? named(kind.events, operation, replies)
    : unnamed(kind, operation, replies, kind.schema ? replies.toJson : undeclaredToJson)
  const { toJson } = replies
  return (item) => {
    if (!(item instanceof ServerSentEvent)) return write(item)
    const fields = item.fields as EventFields<unknown>
    const { comment, data, raw, event, id, retryMs } = fields
    if (data === undefined) return frame(comment, event, raw, id, retryMs)
    const validate = validatorFor(event)
    if (!validate) return frame(comment, event, toJson(data), id, retryMs)
    return check(validate, data, operation, (value) => frame(comment, event, toJson(value), id, retryMs))
  }
}

interface Items {
  /** Of what is no {@link ServerSentEvent}. */
  readonly write: ItemFormat['write']
  readonly validatorFor: (event: string | undefined) => Validate | undefined
}

/** Items are data, and all of them have one schema, or none. */
function unnamed({ schema }: StreamKind, operation: string, replies: ReplyRules, toJson: ToJson): Items {
  const validate = schema && replies.validatorOf(schema)
  const writeData = (data: unknown) => `data: ${toJson(data)}\n\n`
  return {
    write: validate ? (item) => check(validate, item, operation, writeData) : writeData,
    validatorFor: () => validate,
  }
}

/** Items are objects that tell their event, by whose schema their data is checked. */
function named(events: NonNullable<StreamKind['events']>, operation: string, replies: ReplyRules): Items {
  const { toJson, validatorOf } = replies
  const validators = new Map(Object.entries(events).map(([name, schema]) => [name, validatorOf(schema)]))
  // Clients call an event without a name so.
  const validatorFor = (event = 'message') => {
    const validate = validators.get(event)
    if (validate) return validate
    throw new ResponseError(operation, [`'${event}' is not one of its events`])
  }
  return {
    validatorFor,
    write: (item) => {
      const { event, data, id, retryMs } = (item ?? {}) as EventFields<unknown>
      // A line break would end the field, and NUL makes a client ignore it.
      const idText = id === undefined ? undefined : String(id).replace(/[\r\n\0]/g, '')
      const wait = retryMs === undefined ? undefined : Math.max(0, Math.trunc(Number(retryMs))) || 0
      return check(validatorFor(String(event)), data, operation, (value) =>
        frame(undefined, event, toJson(value), idText, wait),
      )
    },
  }
}

/** @param data as it goes over the wire */
function frame(
  comment: string | undefined,
  event: string | undefined,
  data: string | undefined,
  id: string | undefined,
  retryMs: number | undefined,
): string {
  let text = ''
  if (comment !== undefined) text += lines('', comment)
  if (event !== undefined) text += `event: ${event}\n`
  if (data !== undefined) text += lines('data', data)
  if (id !== undefined) text += `id: ${id}\n`
  if (retryMs !== undefined) text += `retry: ${retryMs}\n`
  return `${text}\n`
}

/** A field for each line, since a line break would end it. */
function lines(field: string, text: string): string {
  if (!/[\r\n]/.test(text)) return `${field}: ${text}\n`
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `${field}: ${line}\n`)
    .join('')
}
