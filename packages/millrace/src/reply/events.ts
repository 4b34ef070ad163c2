import { ResponseError } from '../errors/ResponseError.ts'
import type { StreamKind } from '../plan/kind.ts'
import { isPromise } from '../serve/maybePromise.ts'
import { type CheckedJson, compileCheckedJson } from './checkedJson.ts'
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
  const { write, toJsonOf } = kind.events
    ? named(kind.events, operation, replies)
    : unnamed(kind, operation, replies, undeclaredToJson)
  return (item) => {
    if (!(item instanceof ServerSentEvent)) return write(item)
    const fields = item.fields as EventFields<unknown>
    const { comment, data, raw, event, id, retryMs } = fields
    if (data === undefined) return frame(comment, event, raw, id, retryMs)
    const json = toJsonOf(event)(data)
    return isPromise(json)
      ? json.then((settled) => frame(comment, event, settled, id, retryMs))
      : frame(comment, event, json, id, retryMs)
  }
}

interface Items {
  /** Of what is no {@link ServerSentEvent}. */
  readonly write: ItemFormat['write']
  /** How the data of an event is checked and written. */
  readonly toJsonOf: (event: string | undefined) => CheckedJson
}

/** Items are data, and all of them have one schema, or none. */
function unnamed({ schema }: StreamKind, operation: string, replies: ReplyRules, undeclaredToJson: ToJson): Items {
  const toCheckedJson = schema && compileCheckedJson(schema, operation, replies)
  const toItem = toCheckedJson ?? undeclaredToJson
  return {
    write: (item) => {
      const json = toItem(item)
      return isPromise(json) ? json.then(dataAlone) : dataAlone(json)
    },
    toJsonOf: () => toCheckedJson ?? replies.toJson,
  }
}

/** Items are objects that tell their event, by whose schema their data is checked. */
function named(events: NonNullable<StreamKind['events']>, operation: string, replies: ReplyRules): Items {
  const writers = new Map(
    Object.entries(events).map(([name, schema]) => [name, compileCheckedJson(schema, operation, replies)]),
  )
  // Clients call an event without a name so.
  const toJsonOf = (event = 'message') => {
    const toCheckedJson = writers.get(event)
    if (toCheckedJson) return toCheckedJson
    throw new ResponseError(operation, [`'${event}' is not one of its events`])
  }
  return {
    toJsonOf,
    write: (item) => {
      const { event, data, id, retryMs } = (item ?? {}) as EventFields<unknown>
      // A line break would end the field, and NUL makes a client ignore it.
      const idText = id === undefined ? undefined : String(id).replace(/[\r\n\0]/g, '')
      const wait = retryMs === undefined ? undefined : Math.max(0, Math.trunc(Number(retryMs))) || 0
      const json = toJsonOf(String(event))(data)
      return isPromise(json)
        ? json.then((settled) => frame(undefined, event, settled, idText, wait))
        : frame(undefined, event, json, idText, wait)
    },
  }
}

function dataAlone(json: string): string {
  return `data: ${json}\n\n`
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
