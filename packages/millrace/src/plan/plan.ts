import type { Callable, Dependency, InputSchemas } from './dependency.ts'
import type { JsonKind } from './jsonReply.ts'
import type { BodyKind, ReplyKind, StreamKind } from './kind.ts'
import type { Examples, ExternalDocsObject, ResponseDocs, ServerObject } from './openapiObjects.ts'
import type { Segment } from './path.ts'
import type { Schema } from './schema.ts'

/** Everything there is to know about one operation, made once when the app compiles and never changed. */
export interface Plan {
  readonly method: string
  /** The whole pattern, prefixes included: `/items/:id`. */
  readonly path: string
  readonly segments: readonly Segment[]
  readonly inputs: InputSchemas
  readonly body: BodyPlan | undefined
  /** The success answer. */
  readonly reply: ReplyPlan
  /** Other statuses. */
  readonly replies: ReadonlyMap<number, ReplyPlan>
  /** Of the success answer: 200 unless the spec says otherwise. */
  readonly status: number
  /** Those of app, router and operation, and theirs in turn; each after all that it needs. */
  readonly dependencies: readonly DependencyPlan[]
  /** What the handler's context holds, name to index in {@link dependencies}. */
  readonly names: Readonly<Record<string, number>>
  readonly handler: Callable
  /** Middleware, outermost first. */
  readonly use: readonly Callable[]
  /** Error handlers, most specific level first: operation's router, its parents, app. */
  readonly onError: readonly ErrorHandlers[]
  readonly timeoutMs: number | undefined
  readonly maxBodyBytes: number
  readonly maxBodyValues: number
  readonly strictContentType: boolean
  readonly decompress: boolean
  readonly docs: DocsPlan
}

/** JSON by a schema, or another kind. */
export type BodyPlan = { readonly kind: 'json'; readonly schema: Schema } | BodyKind

/** JSON by a schema, any value that the handler returns, or another kind. */
export type ReplyPlan =
  | (Partial<JsonKind> & { readonly kind: 'json'; readonly schema: Schema })
  | { readonly kind: 'any' }
  | (ReplyKind & { readonly kind: Exclude<ReplyKind['kind'], 'json'> })
  | StreamKind

/** One node of an operation's dependency graph. */
export interface DependencyPlan {
  readonly dependency: Dependency
  /** What its context holds, name to index in {@link Plan.dependencies}. */
  readonly names: Readonly<Record<string, number>>
  /** Runs before the body is read: it is a guard, or a guard needs it. */
  readonly guard: boolean
  /** Asked for on the way to it, those of who asks first. */
  readonly scopes: readonly string[]
  /** One of several alternatives, or needed by one: a refusal is its value, and not yet the end. */
  readonly isAttempt: boolean
}

/** Error handlers of one level, in order of registration. */
export type ErrorHandlers = readonly ErrorHandlerEntry[]

/** One error handler and what it answers for: a status, or a class of errors. */
export interface ErrorHandlerEntry {
  readonly target: number | Callable
  readonly handler: Callable
}

/** What an operation says of itself in the document. */
export interface DocsPlan {
  readonly operationId: string
  /** What the operation is called: its own name, else that of its handler, else its id. */
  readonly name: string
  readonly tags: readonly string[]
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly deprecated: boolean
  readonly hidden: boolean
  readonly externalDocs: ExternalDocsObject | undefined
  readonly servers: readonly ServerObject[] | undefined
  /** Examples of the body, by name. */
  readonly examples: Examples | undefined
  /** What is said of statuses and of ranges such as `4XX`, beyond what they answer with. */
  readonly responses: ReadonlyMap<string, ResponseDocs>
  readonly callbacks: readonly CallbackPlan[]
  /** Merged deeply over what is generated. */
  readonly openapi: Readonly<Record<string, unknown>> | undefined
}

/** One callback of an operation. */
export interface CallbackPlan {
  readonly name: string
  /** Its path is a URL with runtime expressions. It is never run: others answer. */
  readonly plan: Plan
}
