import type { Callable, Dependencies } from './dependency.ts'
import type { BodyKind, ReplyKind, StreamKind } from './kind.ts'
import type { SchemaLike } from './schema.ts'

/** What other statuses answer with. */
export type Responses = { readonly [status: number]: SchemaLike | ReplyKind }

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
  /** A schema means JSON; or `form()`, `text()`, `bytes()`. */
  readonly body?: SchemaLike | BodyKind
  /** Of the success answer. A schema means JSON; or `sse()`, `jsonl()`, `text()`, `html()`, `bytes()`. */
  readonly response?: SchemaLike | ReplyKind | StreamKind
  /** Other statuses that the handler may `reply()` with. */
  readonly responses?: Responses
  /** Of the success answer. Default 200. */
  readonly status?: number
  readonly deps?: Dependencies
  readonly tags?: readonly string[]
  readonly summary?: string
  /** Markdown. */
  readonly description?: string
  /** Default: made of method and path, as `getItemsById`. */
  readonly operationId?: string
  readonly deprecated?: boolean
  /** Left out of the document. */
  readonly hidden?: boolean
  /** Examples of the body, by name. */
  readonly examples?: Readonly<Record<string, unknown>>
  /** Merged deeply over the operation's part of the document. */
  readonly openapi?: Readonly<Record<string, unknown>>
  /** For the answer to begin; later is answered with 504. Default: the app's, else none. */
  readonly timeoutMs?: number
  /** More is answered with 413. Default: the app's, else 1 MiB. */
  readonly maxBodyBytes?: number
  /** Of JSON, or of fields of a form; more is answered with 413. Default: the app's, else 100,000. */
  readonly maxBodyValues?: number
  /** Middleware of this operation alone, outermost first. */
  readonly use?: readonly Callable[]
}
