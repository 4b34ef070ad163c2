import { ResponseError } from '../errors/ResponseError.ts'
import type { StreamKind } from '../plan/kind.ts'
import { isPromise } from '../serve/maybePromise.ts'
import { compileCheckedJson } from './checkedJson.ts'
import { writeEvents } from './events.ts'
import type { ItemFormat } from './itemStream.ts'
import { type ToJson, toJson } from './json.ts'
import { problemOf } from './problem.ts'
import type { ReplyRules } from './replyRules.ts'

/** What formats take from the app. */
export interface FormatOptions {
  readonly isDebug: boolean
  readonly replies: ReplyRules
}

/** How the items of a kind of stream are checked and written. */
export function formatOf(kind: StreamKind, operation: string, { isDebug, replies }: FormatOptions): ItemFormat {
  if (kind.kind === 'jsonl')
    return {
      write: writeLine(kind, operation, replies),
      heartbeat: undefined,
      failure: (error) => `${toJson({ error: problemOf(error, isDebug) })}\n`,
    }
  return {
    write: writeEvents(kind, operation, replies, undeclaredToJson(replies)),
    heartbeat: replies.heartbeat,
    failure: (error) => `event: error\ndata: ${toJson(problemOf(error, isDebug))}\n\n`,
  }
}

/** Chunks as they are: bytes, or text that becomes UTF-8. */
export const rawFormat: ItemFormat = {
  write: (item) => {
    if (typeof item === 'string' || item instanceof Uint8Array) return item
    if (item instanceof ArrayBuffer) return new Uint8Array(item)
    throw new ResponseError('a stream of bytes', ['a chunk is neither bytes nor a string'])
  },
  heartbeat: undefined,
  failure: undefined,
}

/** Items without a schema, as JSON Lines. */
export function jsonLines({ isDebug, replies }: FormatOptions): ItemFormat {
  const write = undeclaredToJson(replies)
  return {
    write: (item) => `${write(item)}\n`,
    heartbeat: undefined,
    failure: (error) => `${toJson({ error: problemOf(error, isDebug) })}\n`,
  }
}

/** Writes items that no schema declares. */
function undeclaredToJson({ toJson, undeclaredItem }: ReplyRules): ToJson {
  return undeclaredItem ? (item) => undeclaredItem(toJson(item)) : toJson
}

function writeLine({ schema }: StreamKind, operation: string, replies: ReplyRules): ItemFormat['write'] {
  if (!schema) return (item) => line(replies.toJson(item))
  const toCheckedJson = compileCheckedJson(schema, operation, replies)
  return (item) => {
    const json = toCheckedJson(item)
    return isPromise(json) ? json.then(line) : line(json)
  }
}

function line(json: string): string {
  return `${json}\n`
}
