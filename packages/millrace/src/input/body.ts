import { codedError } from '../errors/codedError.ts'
import type { MultipartLimits } from '../plan/multipart.ts'
import type { BodyPlan, Plan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { BodyRules } from './bodyRules.ts'
import { compileAccepts, expectedTypes, isMultipart } from './bodyTypes.ts'
import type { RequestContext } from './context.ts'
import { type Decoder, decoderOf, refuseCoding } from './decompress.ts'
import { decodeText, parseJson } from './json.ts'
import type { PartHead } from './multipart/partHead.ts'
import { parseQuery } from './query.ts'
import { compileValueLimit, type ValueLimit } from './valueLimit.ts'

/** Reads and parses a request's body into its context; where there is none, it stays `undefined`. */
export type BodyReader = (context: RequestContext) => MaybePromise<void>

/** What bounds a body, and what it has to say of itself. */
export type BodyLimits = Pick<Plan, 'maxBodyBytes' | 'maxBodyValues' | 'strictContentType' | 'decompress'>

/**
 * Compiles how the body of an operation is read.
 *
 * The reader throws an {@link HttpError}: `unsupported_media_type` before a byte is read, `body_too_large`,
 * `too_many_values`, `malformed_json`, `malformed_body`, `unsafe_key`; of multipart also `too_many_parts` and
 * `part_too_large`.
 */
export function compileBody(plan: BodyPlan, limits: BodyLimits, rules: BodyRules): BodyReader {
  const { kind } = plan
  const accepts = compileAccepts(kind, limits, rules)
  const { decompress } = limits
  const read = compileRead(plan, limits, rules)
  const parseOther = rules.otherType(kind)
  const readOther = parseOther && compileStore(limits, parseOther)
  return (context) => {
    const exchange = context['~exchange']
    const type = exchange.header('content-type')
    if (!accepts(type)) {
      // No type and no body: nothing was sent, which the schema may allow.
      if (type === undefined && kind !== 'parts' && !exchange.hasBody) return undefined
      if (readOther) return readOther(context, type, undefined)
      throw unsupported(kind)
    }
    const encoding = exchange.header('content-encoding')
    if (encoding === undefined) return read(context, type, undefined)
    if (!decompress && kind !== 'bytes' && kind !== 'byteStream') refuseCoding(encoding)
    return read(context, type, decompress ? decoderOf(encoding) : undefined)
  }
}

type Read = (context: RequestContext, type: string | undefined, decoder: Decoder | undefined) => MaybePromise<void>

function compileRead(plan: BodyPlan, limits: BodyLimits, rules: BodyRules): Read {
  const { maxBodyBytes } = limits
  switch (plan.kind) {
    case 'byteStream':
      return (context, _type, decoder) => void (context.body = streamOf(context, decoder, maxBodyBytes))
    case 'parts':
      return compilePartsRead(plan, limits)
    case 'multipart':
      return compileMultipartRead(plan, limits, rules)
    case 'form': {
      const readFields = compileWholeRead(plan, limits, rules)
      let readParts: Read | undefined
      return (context, type, decoder) => {
        if (!isMultipart(type)) return readFields(context, type, decoder)
        readParts ??= compileMultipartRead(plan, limits, rules)
        return readParts(context, type, decoder)
      }
    }
    default:
      return compileWholeRead(plan, limits, rules)
  }
}

function compileWholeRead(plan: BodyPlan, limits: BodyLimits, { malformed }: BodyRules): Read {
  const parse = parsers[plan.kind as keyof typeof parsers](compileValueLimit(plan, limits.maxBodyValues))
  return compileStore(limits, (bytes) => {
    try {
      return parse(bytes)
    } catch (error) {
      throw malformed(error, bytes)
    }
  })
}

/** Reads the whole body, and keeps what is made of it. */
function compileStore(
  { maxBodyBytes }: BodyLimits,
  parse: (bytes: Uint8Array, type: string | undefined) => unknown,
): Read {
  const store = (
    context: RequestContext,
    bytes: Uint8Array,
    type: string | undefined,
    decoder: Decoder | undefined,
  ): MaybePromise<void> => {
    context['~keepBody'](bytes)
    if (decoder) return decoder.whole(bytes, maxBodyBytes).then((whole) => void (context.body = parse(whole, type)))
    context.body = parse(bytes, type)
  }
  return (context, type, decoder) => {
    const bytes = context['~readBody'](maxBodyBytes)
    return isPromise(bytes)
      ? bytes.then((whole) => store(context, whole, type, decoder))
      : store(context, bytes, type, decoder)
  }
}

function streamOf(context: RequestContext, decoder: Decoder | undefined, maxBytes: number): ReadableStream<Uint8Array> {
  const stream = context['~streamBody'](maxBytes)
  return decoder ? decoder.stream(stream, maxBytes) : stream
}

// The parser of multipart is loaded by the operations that need it: others start without it.
function compileMultipartRead(plan: BodyPlan, { maxBodyBytes, maxBodyValues }: BodyLimits, rules: BodyRules): Read {
  const { schema, limits } = plan as { readonly schema: Schema; readonly limits?: MultipartLimits }
  const reading = import('./multipart/readForm.ts').then(({ compileForm }) =>
    compileForm(schema, maxBodyValues, { limits, filesInForms: rules.filesInForms }),
  )
  return async (context, type, decoder) => {
    const read = await reading
    context.body = await read(streamOf(context, decoder, maxBodyBytes), type as string, context)
  }
}

function compilePartsRead({ limits }: { readonly limits?: MultipartLimits }, { maxBodyBytes }: BodyLimits): Read {
  const loading = import('./multipart/PartReader.ts')
  const rules = { limits: limits as MultipartLimits, isFile: ({ filename }: PartHead) => filename !== undefined }
  return async (context, type, decoder) => {
    const { PartReader } = await loading
    context.body = new PartReader(streamOf(context, decoder, maxBodyBytes), type as string, rules)
  }
}

type Parse = (bytes: Uint8Array) => unknown

const parsers: Record<'json' | 'form' | 'text' | 'bytes', (limit: ValueLimit | undefined) => Parse> = {
  json: (limit) => (bytes) => {
    if (bytes.byteLength === 0) return undefined
    const text = decodeText(bytes)
    limit?.(text)
    return parseJson(text)
  },
  form: (limit) => (bytes) => {
    const text = decodeText(bytes)
    limit?.(text)
    return parseQuery(text, 'malformed_body')
  },
  text: () => (bytes) => decodeText(bytes),
  bytes: () => (bytes) => bytes,
}

/** 415, with what an operation takes as `accept` (RFC 9110, section 12.5.1). */
export function unsupported(kind: BodyPlan['kind']): Error {
  const accept = expectedTypes[kind]
  const types = accept.replace(', ', ' or ')
  return codedError('unsupported_media_type', `This operation takes ${types} in UTF-8: set the header 'content-type'`, {
    headers: { accept },
  })
}
