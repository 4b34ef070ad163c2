import type { NoReservedNames } from './depend/dependency.ts'
import type { BaseContext } from './input/context.ts'
import type { Callable, Dependencies, DependencyValues } from './plan/dependency.ts'
import type { Frozen } from './plan/frozen.ts'
import type { BodyKind, ReplyKind, StreamKind } from './plan/kind.ts'
import type { JoinPath, PathParams } from './plan/path.ts'
import type { Input, MaybeSchema, Output, Schema } from './plan/schema.ts'
import type { Reply } from './reply/Reply.ts'
import type { Middleware } from './run/middleware.ts'

/** The methods that an operation can answer. HEAD and OPTIONS are answered for every path without being asked for. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'QUERY'

type MaybeBody = Schema | BodyKind | undefined
type MaybeReply = Schema | ReplyKind | undefined

/** What other statuses answer with. */
export type Responses = { readonly [status: number]: Schema | ReplyKind }

type OutputOf<S extends MaybeSchema> = S extends Schema ? Output<S> : undefined

/** What a handler gets for a body. */
export type BodyOf<B extends MaybeBody> = B extends Schema
  ? Output<B>
  : B extends BodyKind
    ? NonNullable<B['~body']>['received']
    : undefined

interface Inputs<P, Q, H, C, B> extends BaseContext {
  /** Path parameters: checked by `params`, else the strings of the path. */
  readonly params: P
  readonly query: Q
  readonly headers: H
  readonly cookies: C
  readonly body: B
}

/** What a handler gets. */
export type HandlerContext<
  Path extends string,
  P extends MaybeSchema = undefined,
  Q extends MaybeSchema = undefined,
  H extends MaybeSchema = undefined,
  C extends MaybeSchema = undefined,
  B extends MaybeBody = undefined,
  D extends Dependencies = {},
> = Inputs<P extends Schema ? Output<P> : PathParams<Path>, OutputOf<Q>, OutputOf<H>, OutputOf<C>, BodyOf<B>> &
  DependencyValues<D>

type GivenFor<R> = R extends Schema
  ? Frozen<Input<R>>
  : R extends ReplyKind
    ? NonNullable<R['~reply']>['given']
    : unknown
type OtherReplies<RS extends Responses> = { [S in keyof RS & number]: Reply<S, GivenFor<RS[S]>> }[keyof RS & number]
type ItemOf<R extends StreamKind> = NonNullable<R['~item']>['given']

/** What a handler may return: a value that fits the response schema, a `reply()` that fits `responses`, or a web `Response`. */
export type Result<R, RS extends Responses> = GivenFor<R> | OtherReplies<RS> | Response

/**
 * Keeps TypeScript from wrapping the items of a generator in `Awaited`, which would widen their literals:
 * a promise cannot be an item, and this says so.
 */
type NotPromise = string | number | boolean | bigint | null | undefined | (object & { readonly then?: undefined })

/** What an operation declares. Every key is optional. */
export interface Spec<P, Q, H, C, B, D, RS> {
  /** Of the path parameters; strings are coerced. */
  readonly params?: P
  /** Of the query; strings are coerced, a repeated name makes an array. */
  readonly query?: Q
  /** Of the headers, by lower-case names; strings are coerced. */
  readonly headers?: H
  /** Of the cookies; strings are coerced. */
  readonly cookies?: C
  /** A schema means JSON; or `form()`, `text()`, `bytes()`. */
  readonly body?: B
  /** Other statuses that the handler may `reply()` with. */
  readonly responses?: RS
  /** Of the success answer. Default 200. */
  readonly status?: number
  readonly deps?: D & NoReservedNames
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
  /** Middleware of this operation alone, outermost first. */
  readonly use?: readonly Middleware[]
}

/** A spec as the stages read it. */
export type AnySpec = Spec<MaybeSchema, MaybeSchema, MaybeSchema, MaybeSchema, MaybeBody, Dependencies, Responses> & {
  readonly response?: MaybeReply | StreamKind
}

/** The types of an operation, for the client; only a type, never a value. */
export interface OperationTypes<P, Q, H, C, B, R, RS> {
  readonly params: P
  readonly query: Q
  readonly headers: H
  readonly cookies: C
  readonly body: B
  readonly response: R
  readonly responses: RS
}

/** One operation of an app, as a value: what a client, `urlFor` and tests refer to. */
export interface Operation<
  M extends string = string,
  Path extends string = string,
  P = unknown,
  Q = unknown,
  H = unknown,
  C = unknown,
  B = unknown,
  R = unknown,
  RS = unknown,
> {
  readonly kind: 'operation'
  readonly method: M
  /** With the prefix of its own router. */
  readonly path: Path
  readonly spec: object
  readonly handler: Callable
  /** Only for types; never set. */
  readonly '~types'?: OperationTypes<P, Q, H, C, B, R, RS>
}

/**
 * Registers an operation: path, spec, handler; or path and handler alone. The spec comes first, so that the
 * handler's context is inferred from it.
 *
 * The last overload comes last because TypeScript explains only that one when none fits.
 */
export interface Register<M extends HttpMethod, Prefix extends string, AD extends Dependencies> {
  <const Path extends string, T>(
    path: Path,
    handler: (
      context: HandlerContext<JoinPath<Prefix, Path>, undefined, undefined, undefined, undefined, undefined, AD>,
    ) => T | Promise<T>,
  ): Operation<M, JoinPath<Prefix, Path>, undefined, undefined, undefined, undefined, undefined, T, {}>
  <
    const Path extends string,
    R extends StreamKind,
    const T extends ItemOf<R> & NotPromise,
    P extends MaybeSchema = undefined,
    Q extends MaybeSchema = undefined,
    H extends MaybeSchema = undefined,
    C extends MaybeSchema = undefined,
    B extends MaybeBody = undefined,
    D extends Dependencies = {},
    RS extends Responses = {},
  >(
    path: Path,
    spec: Spec<P, Q, H, C, B, D, RS> & { readonly response: R },
    handler: (
      context: HandlerContext<JoinPath<Prefix, Path>, P, Q, H, C, B, AD & D>,
    ) => AsyncIterable<T> | Iterable<T> | Promise<AsyncIterable<T> | OtherReplies<RS>> | OtherReplies<RS> | Response,
  ): Operation<M, JoinPath<Prefix, Path>, P, Q, H, C, B, R, RS>
  <
    const Path extends string,
    const T extends Result<R, RS>,
    R extends MaybeReply = undefined,
    P extends MaybeSchema = undefined,
    Q extends MaybeSchema = undefined,
    H extends MaybeSchema = undefined,
    C extends MaybeSchema = undefined,
    B extends MaybeBody = undefined,
    D extends Dependencies = {},
    RS extends Responses = {},
  >(
    path: Path,
    spec: Spec<P, Q, H, C, B, D, RS> & { readonly response?: R },
    handler: (context: HandlerContext<JoinPath<Prefix, Path>, P, Q, H, C, B, AD & D>) => T | Promise<T>,
  ): Operation<M, JoinPath<Prefix, Path>, P, Q, H, C, B, R extends undefined ? T : R, RS>
}
