import { StartupError } from '../errors/StartupError.ts'
import { preferredEncoding } from '../input/acceptEncoding.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount } from '../plan/limits.ts'
import type { Middleware } from '../run/middleware.ts'
import { type Answer, isBodiless, isStream } from '../serve/answer.ts'
import type { HeaderList } from '../serve/headers.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { CompressedStream } from './CompressedStream.ts'
import { type Codec, type ContentCoding, contentCodings, makeCodecs } from './contentCodings.ts'

/** What is compressed, and how. */
export interface CompressOptions {
  /**
   * In order of preference; the client's own preference comes first. Default `zstd`, `br`, `gzip`. Those that the
   * runtime lacks are left out: zstd came with Node 22.15.
   */
  readonly codings?: readonly ContentCoding[]
  /** A smaller body is sent as it is, unless it comes as a stream. Default 500. */
  readonly minBytes?: number
  /**
   * Whether a media type, in lower case and without parameters, is worth it. Default: text, JSON, JavaScript, XML,
   * SVG and the like, but not `text/event-stream`, which some proxies hold back when it is compressed.
   */
  readonly compressible?: (mediaType: string) => boolean
}

const keys: KnownKeys<CompressOptions> = {
  codings: true,
  minBytes: true,
  compressible: true,
}

const compressibleTypes =
  /^(?:text\/(?!event-stream$).+|application\/(?:json|jsonl|x-ndjson|javascript|xml|wasm|rtf|toml|yaml|vnd\.ms-fontobject|x-protobuf)|image\/(?:svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)|font\/(?:ttf|otf)|.+\+(?:json|xml|text|yaml))$/

/** What speaks of the bytes as they are (RFC 9110, section 8.4; RFC 9530). */
const ofTheseBytes = ['content-encoding', 'content-digest', 'repr-digest']

const noTransform = /(?:^|,)\s*no-transform\b/i

/** Up to here the event loop does it: 16 KiB of JSON take 60 to 160 µs, and a thread has to be asked and waited for. */
const maxBytesNow = 16 * 1024

/**
 * Compresses answers as `accept-encoding` allows (RFC 9110, section 12.5.3). A stream is compressed piece by piece
 * and never held back. Left as they are: small answers, types that gain nothing, parts of files (206), what has a
 * `content-encoding` or a digest already, and what `cache-control: no-transform` forbids.
 *
 * An answer that holds both a secret and what an attacker can choose tells by its length when the two are alike
 * (BREACH): leave the middleware off such operations.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * app.use(compress())
 */
export function compress(options: CompressOptions = {}): Middleware {
  refuseUnknownOptions(options, keys, 'compress()')
  const {
    codings = contentCodings,
    minBytes = 500,
    compressible = (mediaType) => compressibleTypes.test(mediaType),
  } = options
  amount(minBytes, 'minBytes of compress()')
  const unknown = codings.find((coding) => !contentCodings.includes(coding))
  if (unknown !== undefined)
    throw new StartupError('invalid_option', `compress() cannot write '${unknown}', only ${contentCodings.join(', ')}`)
  const codecs = makeCodecs()
  const offered = codings.filter((coding) => codecs[coding])
  const isWorthIt = (answer: Answer, isHead: boolean): boolean => {
    const { status, headers } = answer
    if (isBodiless(status) || ofTheseBytes.some((name) => headers.has(name))) return false
    const length = lengthOf(answer, isHead)
    if (length === undefined || !(length >= minBytes)) return false
    for (const [name, value] of headers) if (name === 'cache-control' && noTransform.test(value)) return false
    const mediaType = headers.get('content-type')?.split(';', 1)[0]
    return mediaType !== undefined && compressible(mediaType.trim().toLowerCase())
  }
  const finish = (answer: Answer, context: MiddlewareContext): MaybePromise<Answer> => {
    if (answer.status === 304) return asItWasSent(answer, context.header('if-none-match'))
    if (answer.status === 206) return asOfTheWhole(answer)
    const isHead = context.method === 'HEAD'
    if (!isWorthIt(answer, isHead)) return answer
    answer.headers.vary('Accept-Encoding')
    const coding = preferredEncoding(context.header('accept-encoding'), offered)
    if (coding === undefined) return answer
    markEncoded(answer.headers, coding)
    return isHead ? withoutLength(answer) : encode(answer, codecs[coding] as Codec)
  }
  return (context, next) => {
    const answer = next()
    return isPromise(answer) ? answer.then((whole) => finish(whole, context)) : finish(answer, context)
  }
}

/**
 * RFC 9110, section 15.4.5: says of what the client has the same as was said when it got it. Of what was compressed,
 * and has a weak tag for it, a cache would not take a strong one (RFC 9111, section 4.3.4).
 */
function asItWasSent(answer: Answer, ifNoneMatch: string | undefined): Answer {
  const etag = answer.headers.get('etag')
  if (etag !== undefined && ifNoneMatch?.includes(`W/${etag}`)) answer.headers.set('etag', `W/${etag}`)
  answer.headers.vary('Accept-Encoding')
  return answer
}

/** RFC 9110, section 15.3.7: a part is sent as it is, and has the `vary` of the whole. */
function asOfTheWhole(answer: Answer): Answer {
  answer.headers.vary('Accept-Encoding')
  return answer
}

/** The length that GET would tell is only known by doing the work, and may be left out (RFC 9110, section 9.3.2). */
function withoutLength(answer: Answer): Answer {
  if (!isStream(answer.body)) answer.body = null
  return answer
}

function encode(answer: Answer, codec: Codec): MaybePromise<Answer> {
  const { body } = answer
  if (isStream(body)) {
    answer.body = new CompressedStream(body, codec.stream())
    return answer
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body as Uint8Array)
  if (bytes.byteLength > maxBytesNow)
    return codec.later(bytes).then((compressed) => {
      answer.body = compressed
      return answer
    })
  answer.body = codec.now(bytes)
  return answer
}

function markEncoded(headers: HeaderList, coding: ContentCoding): void {
  headers.set('content-encoding', coding)
  headers.delete('content-length')
  // Both speak of the bytes as they were (RFC 9110, sections 8.8.3 and 14.3).
  headers.delete('accept-ranges')
  const etag = headers.get('etag')
  if (etag && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
}

/** Of a body, or of the one that GET would send; `undefined` for none. */
function lengthOf({ body, headers }: Answer, isHead: boolean): number | undefined {
  if (isStream(body)) return Number.POSITIVE_INFINITY
  if (body !== null) return Buffer.byteLength(body)
  const announced = isHead ? headers.get('content-length') : undefined
  return announced === undefined ? undefined : Number(announced)
}
