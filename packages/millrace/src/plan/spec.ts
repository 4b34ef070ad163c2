import type { Callable, Dependencies } from './dependency.ts'
import type { BodyKind, ReplyKind, StreamKind } from './kind.ts'
import type { Examples, ExternalDocsObject, ResponseDocs, ServerObject } from './openapiObjects.ts'
import type { Callbacks } from './outgoing.ts'
import type { SchemaLike } from './schema.ts'

/** Statuses that the document tells of together: those of one class, or all that it does not name. */
export type StatusRange = '1XX' | '2XX' | '3XX' | '4XX' | '5XX' | 'default'

/**
 * What other statuses answer with: a schema, which means JSON, `text()`, `html()` or `bytes()`, or what the
 * document says of the status. Ranges are for the document alone.
 */
export type Responses = { readonly [status: number]: SchemaLike | ReplyKind | ResponseDocs } & {
  readonly [Range in StatusRange]?: SchemaLike | ReplyKind | ResponseDocs
}

/**
 * What an operation declares, as far as a plan needs it: how middleware and names are typed is for later stages
 * to say. Every key is optional.
 */
export interface BaseSpec {
  /** Of the path parameters; strings are coerced. */
  readonly params?: SchemaLike
  /** Of the query; strings are coerced, a repeated name makes an array. */
  readonly query?: SchemaLike
  /** Of the headers, by lower-case names; strings are coerced. */
  readonly headers?: SchemaLike
  /** Of the cookies; strings are coerced. */
  readonly cookies?: SchemaLike
  /** A schema means JSON; or `form()`, `multipart()`, `parts()`, `text()`, `bytes()`, `byteStream()`. */
  readonly body?: SchemaLike | BodyKind
  /** Of the success answer. A schema means JSON; or `sse()`, `jsonl()`, `text()`, `html()`, `bytes()`, `file()`. */
  readonly response?: SchemaLike | ReplyKind | StreamKind
  /** Other statuses that the handler may `reply()` with, and what the document says of statuses. */
  readonly responses?: Responses
  /** Of the success answer. Default 200. */
  readonly status?: number
  readonly deps?: Dependencies
  readonly tags?: readonly string[]
  /** For an `operationId` function of app or router. Default: the name of the handler, if it has one. */
  readonly name?: string
  readonly summary?: string
  /** Markdown. */
  readonly description?: string
  /** Default: made of method and path, as `getItemsById`. */
  readonly operationId?: string
  readonly deprecated?: boolean
  /** Left out of the document. */
  readonly hidden?: boolean
  /** Where to read more. */
  readonly externalDocs?: ExternalDocsObject
  /** Where this operation is served. Default: where the app is. */
  readonly servers?: readonly ServerObject[]
  /** Requests that are sent to the caller later, by name. */
  readonly callbacks?: Callbacks
  /** Examples of the body, by name: each a value, or an `example()`. */
  readonly examples?: Examples
  /** Merged deeply over the operation's part of the document. */
  readonly openapi?: Readonly<Record<string, unknown>>
  /** For the answer to begin; later is answered with 504. Default: the app's, else none. */
  readonly timeoutMs?: number
  /** More is answered with 413. Default: the app's, else 1 MiB. */
  readonly maxBodyBytes?: number
  /** Of JSON, or of fields of a form; more is answered with 413. Default: the app's, else 100,000. */
  readonly maxBodyValues?: number
  /**
   * Whether a body of JSON, text or a form has to say so in its `content-type`; `false` reads it whatever it says.
   * Default: the router's or the app's, else true. A browser asks nobody before it sends a request of another
   * site that says `text/plain` or nothing: where cookies tell who asks, keep it true.
   */
  readonly strictContentType?: boolean
  /**
   * Whether a body with a `content-encoding` (gzip, deflate, br, zstd where the runtime has it) is taken.
   * `maxBodyBytes` bounds it compressed and decompressed. Default: the router's or the app's, else false, which
   * answers 415.
   */
  readonly decompress?: boolean
  /** Middleware of this operation alone, outermost first. */
  readonly use?: readonly Callable[]
}
