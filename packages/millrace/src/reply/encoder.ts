import { ResponseError } from '../errors/ResponseError.ts'
import type { RequestContext } from '../input/context.ts'
import type { JsonValues } from '../plan/jsonValues.ts'
import type { Plan, ReplyPlan } from '../plan/plan.ts'
import { Answer, isBodiless } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { check } from './check.ts'
import { FileReply } from './file/FileReply.ts'
import { fileAnswer } from './file/fileAnswer.ts'
import { formatOf, jsonLines, rawFormat } from './formats.ts'
import { type ToJson, toJsonWith } from './json.ts'
import { measured } from './MeasuredStream.ts'
import { compileProject } from './project.ts'
import { Reply } from './Reply.ts'
import type { ReplyRules } from './replyRules.ts'
import { answerOf } from './responseAnswer.ts'
import { streamAnswer } from './streamAnswer.ts'

/** What encoders take from the app. */
export interface EncodeOptions {
  readonly heartbeatMs: number
  readonly isDebug: boolean
  readonly replies: ReplyRules
  /** How values are written that JSON has no form for; each reply may say otherwise. */
  readonly jsonValues: JsonValues
}

/** Writes a handler's result as an answer. @throws {ResponseError} when it does not fit its schema */
export type Encode = (result: unknown, context: RequestContext) => MaybePromise<Answer>

/** Writes what an error handler returns as an answer that tells of the error. */
export type EncodeError = (
  value: unknown,
  status: number,
  context: RequestContext,
  error: unknown,
) => MaybePromise<Answer>

type Write = (value: unknown, status: number, context: RequestContext) => MaybePromise<Answer>

/** Compiles how the results of an operation are written. */
export function compileEncode(plan: Plan, options: EncodeOptions): Encode {
  const name = `${plan.method} ${plan.path}`
  const writeOwn = compileWrite(plan.reply, name, options)
  const writeAny = compileWrite({ kind: 'any' }, name, options)
  const others = new Map([...plan.replies].map(([status, reply]) => [status, compileWrite(reply, name, options)]))
  // `response.status` may have chosen one that is declared with a schema of its own.
  const writeByStatus: Write = (value, status, context) =>
    (status === plan.status ? writeOwn : (others.get(status) ?? writeOwn))(value, status, context)
  const write = compileResult(
    others.size === 0 ? writeOwn : writeByStatus,
    (status) => others.get(status) ?? (status === plan.status ? writeOwn : writeAny),
    plan.reply.kind === 'file' ? writeOwn : writeAny,
  )
  return (result, context) => {
    const answer = write(result, context['~draft']?.status ?? plan.status, context)
    if (isPromise(answer)) return answer.then((whole) => measured(withDraft(whole, context), context))
    return measured(withDraft(answer, context), context)
  }
}

/** Compiles how what error handlers return is written: an answer that tells of its error. */
export function compileEncodeError(options: EncodeOptions): EncodeError {
  const writeAny = compileWrite({ kind: 'any' }, 'an error handler', options)
  const write = compileResult(writeAny, () => writeAny, writeAny)
  return (value, status, context, error) => {
    const answer = write(value, status, context)
    return isPromise(answer) ? answer.then((whole) => whole['~copy'](error)) : answer['~copy'](error)
  }
}

/** An answer, a `Response` or a file stands for itself, a `reply()` is written by its status, and anything else by `writeResult`. */
function compileResult(writeResult: Write, writeReply: (status: number) => Write, writeFile: Write): Write {
  return (result, status, context) => {
    if (typeof result === 'object' && result !== null) {
      if (result instanceof Reply)
        return withHeaders(writeReply(result.status)(result.value, result.status, context), result.headers)
      // It may be one for all requests, and what is added for this one must not stay with it.
      if (result instanceof Answer) return result['~copy']()
      if (result instanceof Response) return answerOf(result, context)
      if (result instanceof FileReply) return writeFile(result, status, context)
    }
    return writeResult(result, status, context)
  }
}

function withHeaders(answer: MaybePromise<Answer>, headers: Reply['headers']): MaybePromise<Answer> {
  if (!headers) return answer
  if (isPromise(answer)) return answer.then((whole) => withHeaders(whole, headers))
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
  return answer
}

function withDraft(answer: Answer, context: RequestContext): Answer {
  const draft = context['~draft']
  if (!draft) return answer
  // What an answer depends on is all that either of them says.
  if (draft.headers.has('vary'))
    for (const [name, value] of answer.headers) if (name === 'vary') draft.headers.vary(value)
  for (const [name] of draft.headers) if (name !== 'set-cookie') answer.headers.delete(name)
  answer.headers.flat.push(...draft.headers.flat)
  return answer
}

function compileWrite(reply: ReplyPlan, name: string, options: EncodeOptions): Write {
  switch (reply.kind) {
    case 'json': {
      const validate = options.replies.validatorOf(reply.schema)
      const { mediaType = 'application/json', projection, values } = reply
      const toJson = values ? toJsonWith({ ...options.jsonValues, ...values }) : options.replies.toJson
      if (!projection)
        return (value, status) =>
          check(validate, value, name, (checked) => jsonAnswer(checked, status, mediaType, toJson, options.replies))
      const project = compileProject(projection, reply.schema)
      return (value, status) =>
        check(validate, value, name, (checked) =>
          jsonAnswer(project(checked, value), status, mediaType, toJson, options.replies),
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
        if (file) return fileAnswer(file, { status, mediaType, malformedRange }, context)
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

function jsonAnswer(value: unknown, status: number, mediaType: string, toJson: ToJson, replies: ReplyRules): Answer {
  return isBodiless(status)
    ? emptyAnswer(status, replies)
    : new Answer(status, HeaderList['~of']('content-type', mediaType), toJson(value) + replies.jsonEnd)
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
  const { toJson, textMediaType, nothing, malformedRange } = options.replies
  if (value === undefined && nothing === 'empty') return emptyAnswer(status === 200 ? 204 : status, options.replies)
  if (typeof value === 'string' && textMediaType !== undefined)
    return isBodiless(status) ? emptyAnswer(status, options.replies) : textAnswer(value, status, textMediaType)
  if (typeof value !== 'object' || value === null)
    return jsonAnswer(value, status, 'application/json', toJson, options.replies)
  if (value instanceof FileReply) return fileAnswer(value, { status, mediaType: undefined, malformedRange }, context)
  if (
    value instanceof Uint8Array ||
    value instanceof ArrayBuffer ||
    value instanceof ReadableStream ||
    value instanceof Blob
  ) {
    const mediaType = (value instanceof Blob && value.type) || 'application/octet-stream'
    return bytesAnswer(value, status, mediaType, name, context)
  }
  if (Symbol.asyncIterator in value || isIterator(value))
    return streamAnswer(
      value,
      status,
      { mediaType: 'application/jsonl; charset=utf-8', format: jsonLines(options), name, heartbeatMs: 0 },
      context,
    )
  return jsonAnswer(value, status, 'application/json', toJson, options.replies)
}

function isFile(value: unknown): value is Blob | Uint8Array | ArrayBuffer {
  return value instanceof Blob || value instanceof Uint8Array || value instanceof ArrayBuffer
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
  if (!(value instanceof Blob)) return streamAnswer(value, status, streaming, context)
  return streamAnswer(value.stream(), status, streaming, context).then((answer) => {
    answer.headers.set('content-length', String(value.size))
    return answer
  })
}
