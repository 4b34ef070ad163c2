import { StartupError } from '../errors/StartupError.ts'
import type { Frozen } from './frozen.ts'
import type { MultipartLimits } from './multipart.ts'
import { type Input, isSchema, type Output, type Schema, type SchemaLike } from './schema.ts'

/** A body that is not JSON. `sent` is what a client passes, `received` what a handler gets. */
export interface BodyKind<Sent = unknown, Received = unknown> {
  readonly kind: 'form' | 'multipart' | 'parts' | 'text' | 'bytes' | 'byteStream'
  readonly mediaType: string
  readonly schema?: Schema
  /** Of `multipart` and `parts`. */
  readonly limits?: MultipartLimits
  /** Only for types; never set. */
  readonly '~body'?: { readonly sent: Sent; readonly received: Received }
}

/** A whole reply, of JSON by `json()`, or of anything else. `given` is what a handler returns, `received` what a client gets. */
export interface ReplyKind<Given = unknown, Received = unknown> {
  readonly kind: 'json' | 'text' | 'html' | 'bytes' | 'file'
  readonly mediaType: string
  /** Only for types; never set. */
  readonly '~reply'?: { readonly given: Given; readonly received: Received }
}

/** A reply in items, which a handler yields. */
export interface StreamKind<Given = unknown, Received = unknown> {
  readonly kind: 'sse' | 'jsonl'
  readonly mediaType: string
  /** Of each item; with `events`, of none. */
  readonly schema?: Schema
  /** Of the data of each event, by the event's name. */
  readonly events?: Readonly<Record<string, Schema>>
  /** Only for types; never set. */
  readonly '~item'?: { readonly given: Given; readonly received: Received }
}

/** Anything but JSON that a body or a reply can be. */
export type Kind = BodyKind | ReplyKind | StreamKind

type Text = BodyKind<string, string> & ReplyKind<string, string> & { readonly kind: 'text' }
type Given = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Iterable<Uint8Array>
type Bytes = BodyKind<Uint8Array | ArrayBuffer | Blob, Uint8Array> &
  ReplyKind<Given, Uint8Array> & { readonly kind: 'bytes' }

type ByteStream = BodyKind<Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>, ReadableStream<Uint8Array>> & {
  readonly kind: 'byteStream'
}

/** What `sendFile()` gives. */
export interface SentFile {
  readonly '~file': true
}

type FileKind = ReplyKind<SentFile | Blob | Uint8Array | ArrayBuffer, Uint8Array> & { readonly kind: 'file' }

/** What `event()` gives. */
export interface SentEvent<Data> {
  readonly '~event': true
  readonly data: Data
}

/** One event of a stream with named events. */
export type NamedEvent<E extends Readonly<Record<string, unknown>>> = {
  [Name in keyof E]: { readonly event: Name; readonly data: E[Name]; readonly id?: string; readonly retryMs?: number }
}[keyof E]

type Schemas = Readonly<Record<string, SchemaLike>>
type ItemGiven<S> = Frozen<Input<S>> | SentEvent<Frozen<Input<S>> | undefined>
type EventsGiven<E extends Schemas> =
  | NamedEvent<{ [Name in keyof E]: Frozen<Input<E[Name]>> }>
  | SentEvent<Frozen<Input<E[keyof E]>> | undefined>
type EventsReceived<E extends Schemas> = NamedEvent<{ [Name in keyof E]: Output<E[Name]> }>

/** A body of `application/x-www-form-urlencoded`; its strings are coerced to the schema's types. */
export function form<S extends SchemaLike>(schema: S): BodyKind<Input<S>, Output<S>> & { readonly kind: 'form' } {
  return Object.freeze({ kind: 'form' as const, mediaType: 'application/x-www-form-urlencoded', schema })
}

/**
 * A body or a reply of text, UTF-8.
 *
 * @param mediaType such as `text/markdown`, default `text/plain`; for `text/*` the charset is added
 */
export function text(mediaType = 'text/plain'): Text {
  const hasCharset = /;\s*charset=/i.test(mediaType) || !mediaType.startsWith('text/')
  return Object.freeze({ kind: 'text' as const, mediaType: hasCharset ? mediaType : `${mediaType}; charset=utf-8` })
}

/** A reply of HTML, UTF-8. */
export function html(): ReplyKind<string, string> & { readonly kind: 'html' } {
  return Object.freeze({ kind: 'html' as const, mediaType: 'text/html; charset=utf-8' })
}

/**
 * A body or a reply of raw bytes. As a reply it may also be streamed: return a `ReadableStream`, an iterable or an
 * async iterable of `Uint8Array`.
 *
 * @param mediaType of a reply, default `application/octet-stream`; a body of this kind accepts any type
 */
export function bytes(mediaType = 'application/octet-stream'): Bytes {
  return Object.freeze({ kind: 'bytes' as const, mediaType })
}

/**
 * A body of raw bytes that the handler reads as it comes: `body` is a `ReadableStream<Uint8Array>`. It is bounded by
 * `maxBodyBytes`, which may be raised up to `Infinity`; more makes the stream fail with `body_too_large`.
 *
 * @param mediaType for the document, default `application/octet-stream`; any type is accepted
 *
 * @example
 * app.put('/files/:name', { body: byteStream(), maxBodyBytes: Infinity }, ({ body, params }) => store(params.name, body))
 */
export function byteStream(mediaType = 'application/octet-stream'): ByteStream {
  return Object.freeze({ kind: 'byteStream' as const, mediaType })
}

/**
 * A reply of a file: what `sendFile()` gives, a `Blob`, or bytes. It is answered with ranges and by its
 * preconditions.
 *
 * @param mediaType of every file; default by the name of each
 */
export function file(mediaType = '*/*'): FileKind {
  return Object.freeze({ kind: 'file' as const, mediaType })
}

/**
 * A stream of server-sent events (WHATWG HTML, section 9.2), which an async generator yields.
 *
 * With one schema, each item is the JSON of an event's `data`. With a record of schemas the items are
 * `{ event, data, id?, retryMs? }`, and each `data` is checked by the schema of its event. Without a schema any item
 * is sent. In all of them {@link event} says more of one event: an id, a name, a comment, or text that is not JSON.
 *
 * @example
 * app.get('/count', { response: sse(z.number()) }, async function* () { yield 1; yield 2 })
 */
export function sse(): StreamKind<unknown, unknown>
export function sse<S extends SchemaLike>(item: S): StreamKind<ItemGiven<S>, Output<S>>
export function sse<const E extends Schemas>(events: E): StreamKind<EventsGiven<E>, EventsReceived<E>>
export function sse(shape?: SchemaLike | Schemas): StreamKind {
  const base = { kind: 'sse' as const, mediaType: 'text/event-stream; charset=utf-8' }
  if (shape === undefined) return Object.freeze(base)
  if (isSchema(shape)) return Object.freeze({ ...base, schema: shape })
  for (const name of Object.keys(shape))
    if (name === '' || /[\r\n\0]/.test(name) || name === 'error')
      throw new StartupError('malformed_spec', `'${name}' cannot be the name of an event: 'error' is kept for failures`)
  return Object.freeze({ ...base, events: Object.freeze({ ...shape }) })
}

/** A stream of JSON Lines (https://jsonlines.org): one JSON value a line, `application/jsonl`. */
export function jsonl<S extends SchemaLike>(item: S): StreamKind<Frozen<Input<S>>, Output<S>> {
  return Object.freeze({ kind: 'jsonl' as const, mediaType: 'application/jsonl; charset=utf-8', schema: item })
}
