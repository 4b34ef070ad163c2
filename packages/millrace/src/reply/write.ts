import { ResponseError } from '../errors/ResponseError.ts'
import type { RequestContext } from '../input/context.ts'
import type { JsonValues } from '../plan/jsonValues.ts'
import type { ReplyPlan } from '../plan/plan.ts'
import { Answer, isBodiless } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isBlob, isReadableStream } from '../serve/webClasses.ts'
import { check } from './check.ts'
import { compileCheckedJson } from './checkedJson.ts'
import { FileReply } from './file/FileReply.ts'
import type { FileAnswering } from './file/fileAnswer.ts'
import { formatOf, jsonLines, rawFormat } from './formats.ts'
import { toJsonWith } from './json.ts'
import { compileProject } from './project.ts'
import type { ReplyRules } from './replyRules.ts'
import { streamAnswer } from './streamAnswer.ts'

/** What encoders take from the app. */
export interface EncodeOptions {
  readonly heartbeatMs: number
  readonly isDebug: boolean
  readonly replies: ReplyRules
  /** How values are written that JSON has no form for; each reply may say otherwise. */
  readonly jsonValues: JsonValues
}

/** Writes a value as an answer of a status. @throws {ResponseError} when it does not fit its schema */
export type Write = (value: unknown, status: number, context: RequestContext) => MaybePromise<Answer>

/** Compiles how values are written that a reply declares. @param name of the operation, for messages */
export function compileWrite(reply: ReplyPlan, name: string, options: EncodeOptions): Write {
  switch (reply.kind) {
    case 'json': {
      const { replies } = options
      const { mediaType = 'application/json', projection, values } = reply
      const toJson = values ? toJsonWith({ ...options.jsonValues, ...values }) : replies.toJson
      const validate = replies.validatorOf(reply.schema)
      if (!projection) {
        const toCheckedJson = compileCheckedJson(reply.schema, name, replies, toJson)
        return (value, status) => {
          if (isBodiless(status)) return check(validate, value, name, () => emptyAnswer(status, replies))
          const json = toCheckedJson(value)
          return isPromise(json)
            ? json.then((settled) => jsonAnswer(settled, status, mediaType, replies))
            : jsonAnswer(json, status, mediaType, replies)
        }
      }
      const project = compileProject(projection, reply.schema)
      return (value, status) =>
        check(validate, value, name, (checked) =>
          isBodiless(status)
            ? emptyAnswer(status, replies)
            : jsonAnswer(toJson(project(checked, value)), status, mediaType, replies),
        )
    }
    case 'text':
    case 'html':
      return (value, status) => {
        if (typeof value !== 'string')
          throw new ResponseError(name, [`(root): expected a string for a reply of ${reply.kind}`])
        return textAnswer(value, status, reply.mediaType)
      }
    case 'bytes':
      return (value, status, context) => bytesAnswer(value, status, reply.mediaType, name, context)
    case 'file': {
      const { malformedRange } = options.replies
      const mediaType = reply.mediaType.includes('*') ? undefined : reply.mediaType
      return (value, status, context) => {
        const file = value instanceof FileReply ? value : isFile(value) ? new FileReply(value, {}) : undefined
        if (file) return answerFile(file, { status, mediaType, malformedRange }, context)
        throw new ResponseError(name, ['(root): expected sendFile(), a Blob or bytes for a reply of a file'])
      }
    }
    case 'sse':
    case 'jsonl': {
      const format = formatOf(reply, name, options)
      const streaming = { mediaType: reply.mediaType, format, name, heartbeatMs: options.heartbeatMs }
      return (value, status, context) => streamAnswer(value, status, streaming, context)
    }
    case 'any':
      return (value, status, context) => writeAny(value, status, name, context, options)
  }
}

function jsonAnswer(json: string, status: number, mediaType: string, replies: ReplyRules): Answer {
  return new Answer(status, HeaderList['~of']('content-type', mediaType), json + replies.jsonEnd)
}

function anyJson(value: unknown, status: number, replies: ReplyRules): Answer {
  return isBodiless(status)
    ? emptyAnswer(status, replies)
    : jsonAnswer(replies.toJson(value), status, 'application/json', replies)
}

function emptyAnswer(status: number, { emptyMediaType }: ReplyRules): Answer {
  return new Answer(status, emptyMediaType === undefined ? [] : ['content-type', emptyMediaType], null)
}

function textAnswer(value: string, status: number, mediaType: string): Answer {
  return isBodiless(status)
    ? new Answer(status, [], null)
    : new Answer(status, HeaderList['~of']('content-type', mediaType), value)
}

/** Of an operation without a response schema: by what the value is. */
function writeAny(
  value: unknown,
  status: number,
  name: string,
  context: RequestContext,
  options: EncodeOptions,
): MaybePromise<Answer> {
  const { textMediaType, nothing, malformedRange } = options.replies
  if (value === undefined && nothing === 'empty') return emptyAnswer(status === 200 ? 204 : status, options.replies)
  if (typeof value === 'string' && textMediaType !== undefined)
    return isBodiless(status) ? emptyAnswer(status, options.replies) : textAnswer(value, status, textMediaType)
  if (typeof value !== 'object' || value === null) return anyJson(value, status, options.replies)
  if (value instanceof FileReply) return answerFile(value, { status, mediaType: undefined, malformedRange }, context)
  if (value instanceof Uint8Array || value instanceof ArrayBuffer || isReadableStream(value) || isBlob(value)) {
    const mediaType = (isBlob(value) && value.type) || 'application/octet-stream'
    return bytesAnswer(value, status, mediaType, name, context)
  }
  if (Symbol.asyncIterator in value || isIterator(value))
    return streamAnswer(
      value,
      status,
      { mediaType: 'application/jsonl; charset=utf-8', format: jsonLines(options), name, heartbeatMs: 0 },
      context,
    )
  return anyJson(value, status, options.replies)
}

let loading: Promise<typeof import('./file/fileAnswer.ts')> | undefined

/** What answers with files is loaded with the first of them. */
async function answerFile(file: FileReply, answering: FileAnswering, context: RequestContext): Promise<Answer> {
  loading ??= import('./file/fileAnswer.ts')
  const { fileAnswer } = await loading
  return fileAnswer(file, answering, context)
}

function isFile(value: unknown): value is Blob | Uint8Array | ArrayBuffer {
  return value instanceof Uint8Array || value instanceof ArrayBuffer || isBlob(value)
}

function isIterator(value: object): boolean {
  return Symbol.iterator in value && 'next' in value
}

function bytesAnswer(
  value: unknown,
  status: number,
  mediaType: string,
  name: string,
  context: RequestContext,
): MaybePromise<Answer> {
  const headers = ['content-type', mediaType]
  if (value instanceof Uint8Array) return new Answer(status, headers, value)
  if (value instanceof ArrayBuffer) return new Answer(status, headers, new Uint8Array(value))
  const streaming = { mediaType, format: rawFormat, name, heartbeatMs: 0 }
  if (!isBlob(value)) return streamAnswer(value, status, streaming, context)
  return streamAnswer(value.stream(), status, streaming, context).then((answer) => {
    answer.headers.set('content-length', String(value.size))
    return answer
  })
}
