import { codedError } from '../errors/codedError.ts'
import type { BodyPlan } from '../plan/plan.ts'
import type { Exchange } from '../serve/exchange.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { RequestContext } from './context.ts'
import { decodeText, parseJson } from './json.ts'
import { parseQuery } from './query.ts'
import { compileValueLimit, type ValueLimit } from './valueLimit.ts'

/** Reads and parses a request's body into its context; where there is none, it stays `undefined`. */
export type BodyReader = (context: RequestContext) => MaybePromise<void>

/**
 * Compiles how the body of an operation is read.
 *
 * The reader throws an {@link HttpError}: `unsupported_media_type` before a byte is read, `body_too_large`,
 * `too_many_values`, `malformed_json`, `malformed_body`, `unsafe_key`.
 */
export function compileBody(plan: BodyPlan, maxBytes: number, maxValues: number): BodyReader {
  const parse = parsers[plan.kind](compileValueLimit(plan, maxValues))
  const accepts = acceptors[plan.kind]
  return (context) => {
    const exchange = context['~exchange']
    const type = exchange.header('content-type')
    if (!accepts(type)) {
      // No type and no body: nothing was sent, which the schema may allow.
      if (type === undefined && !announcesBody(exchange)) return undefined
      throw codedError('unsupported_media_type', refusal(plan.kind), { headers: { accept: expected[plan.kind] } })
    }
    const encoding = exchange.header('content-encoding')
    if (encoding !== undefined && plan.kind !== 'bytes')
      throw codedError('unsupported_media_type', 'This operation takes no compressed bodies', {
        headers: { 'accept-encoding': 'identity' },
      })
    const bytes = context['~readBody'](maxBytes)
    return isPromise(bytes) ? bytes.then((whole) => store(context, whole, parse)) : store(context, bytes, parse)
  }
}

function store(context: RequestContext, bytes: Uint8Array, parse: Parse): void {
  context['~keepBody'](bytes)
  context.body = parse(bytes)
}

function announcesBody(exchange: Exchange): boolean {
  return exchange.header('transfer-encoding') !== undefined || Number(exchange.header('content-length') ?? 0) > 0
}

type Parse = (bytes: Uint8Array) => unknown

const parsers: Record<BodyPlan['kind'], (limit: ValueLimit | undefined) => Parse> = {
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
  text: () => decodeText,
  bytes: () => (bytes) => bytes,
}

const expected: Record<BodyPlan['kind'], string> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
  bytes: '*/*',
}

const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i

const acceptors: Record<BodyPlan['kind'], (type: string | undefined) => boolean> = {
  json: (type) => type === 'application/json' || (type !== undefined && isMediaType(type, isJson)),
  form: (type) => type !== undefined && isMediaType(type, (media) => media === expected.form),
  text: (type) => type !== undefined && isMediaType(type, (media) => media.startsWith('text/')),
  bytes: () => true,
}

function isMediaType(type: string, matches: (media: string) => boolean): boolean {
  const end = type.indexOf(';')
  const media = (end < 0 ? type : type.slice(0, end)).trim().toLowerCase()
  const encoding = charset.exec(type)?.[1]?.toLowerCase()
  return (
    matches(media) && (encoding === undefined || encoding === 'utf-8' || encoding === 'utf8' || encoding === 'us-ascii')
  )
}

function isJson(media: string): boolean {
  return media === 'application/json' || (media.startsWith('application/') && media.endsWith('+json'))
}

function refusal(kind: BodyPlan['kind']): string {
  return `This operation takes ${expected[kind]} in UTF-8: set the header 'content-type'`
}
