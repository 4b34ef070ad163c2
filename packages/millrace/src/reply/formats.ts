import { describeIssues } from '../check/issues.ts'
import type { Validate } from '../check/validator.ts'
import { validatorOf } from '../check/validator.ts'
import { ResponseError } from '../errors/ResponseError.ts'
import type { StreamKind } from '../plan/kind.ts'
import { isPromise } from '../serve/maybePromise.ts'
import type { ItemFormat } from './itemStream.ts'
import { toJson } from './json.ts'
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
      write: writeItem(kind, operation, (json) => `${json}\n`),
      heartbeat: undefined,
      failure: (error) => `${toJson({ error: problemOf(error, isDebug) })}\n`,
    }
  return {
    write: kind.events ? writeEvent(kind.events, operation) : writeItem(kind, operation, (json) => `data: ${json}\n\n`),
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
export function jsonLines({ isDebug }: FormatOptions): ItemFormat {
  return {
    write: (item) => `${toJson(item)}\n`,
    heartbeat: undefined,
    failure: (error) => `${toJson({ error: problemOf(error, isDebug) })}\n`,
  }
}

function writeItem(kind: StreamKind, operation: string, frame: (json: string) => string): ItemFormat['write'] {
  const validate = kind.schema && validatorOf(kind.schema, 'reply')
  if (!validate) return (item) => frame(toJson(item))
  return (item) => check(validate, item, operation, (value) => frame(toJson(value)))
}

function writeEvent(events: NonNullable<StreamKind['events']>, operation: string): ItemFormat['write'] {
  const validators = new Map(Object.entries(events).map(([name, schema]) => [name, validatorOf(schema, 'reply')]))
  return (item) => {
    const { event, data, id, retryMs } = (item ?? {}) as {
      event?: string
      data?: unknown
      id?: unknown
      retryMs?: unknown
    }
    const validate = validators.get(event as string)
    if (!validate) throw new ResponseError(operation, [`'${String(event)}' is not one of its events`])
    // WHATWG HTML, section 9.2.6: a line break would end the field, and NUL makes a client ignore the id.
    const idLine = id === undefined ? '' : `id: ${String(id).replace(/[\r\n\0]/g, '')}\n`
    const retryLine = retryMs === undefined ? '' : `retry: ${Math.max(0, Math.trunc(Number(retryMs))) || 0}\n`
    return check(
      validate,
      data,
      operation,
      (value) => `event: ${event}\n${idLine}${retryLine}data: ${toJson(value)}\n\n`,
    )
  }
}

/** @throws {ResponseError} when a value does not fit */
export function check<T>(
  validate: Validate,
  value: unknown,
  operation: string,
  use: (value: unknown) => T,
): T | Promise<T> {
  const settle = (result: Awaited<ReturnType<Validate>>) => {
    if (result.issues) throw new ResponseError(operation, describeIssues(result.issues))
    return use(result.value)
  }
  const result = validate(value)
  return isPromise(result) ? result.then(settle) : settle(result)
}
