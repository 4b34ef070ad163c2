import type { NoReservedNames } from '../depend/dependency.ts'
import type { BaseContext } from '../input/baseContext.ts'
import type { Callable, Dependencies, DependencyValues } from '../plan/dependency.ts'
import type { Frozen } from '../plan/frozen.ts'
import type { BodyKind, ReplyKind, SentFile, StreamKind } from '../plan/kind.ts'
import type { JoinPath, PathParams } from '../plan/path.ts'
import type { Output, Schema, SchemaLike, ZodLike } from '../plan/schema.ts'
import type { BaseSpec, Responses } from '../plan/spec.ts'
import type { Reply } from '../reply/Reply.ts'
import type { Middleware } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'

/** The methods that an operation can answer. HEAD and OPTIONS are answered for every path without being asked for. */
export type HttpMethod = (typeof httpMethods)[number]

export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'] as const

/** What an operation declares. Every key is optional. */
export interface Spec extends BaseSpec {
  readonly deps?: Dependencies & NoReservedNames
  /** Middleware of this operation alone, outermost first. */
  readonly use?: readonly Middleware[]
}

/** Refuses keys that a spec does not have: a type parameter would take any. */
type NoOtherKeys<S> = { readonly [K in Exclude<keyof S, keyof Spec>]: never }

/**
 * What a handler gets for one input. `S` is `unknown` where the spec does not have the key.
 * zod comes first because most schemas are; each further step has its price.
 */
type Received<S> = S extends ZodLike
  ? S['_zod']['output']
  : S extends BodyKind
    ? NonNullable<S['~body']>['received']
    : S extends Schema
      ? Output<S>
      : undefined

/** An interface, so that the compiler works out only the members that a handler reads. */
interface OwnContext<Path extends string, S extends Spec> extends BaseContext {
  /** Path parameters: checked by `params`, else the strings of the path. */
  readonly params: S extends { readonly params: SchemaLike } ? Output<S['params']> : PathParams<Path>
  readonly query: Received<S['query']>
  readonly headers: Received<S['headers']>
  readonly cookies: Received<S['cookies']>
  readonly body: Received<S['body']>
}

type WithOwnDependencies<Path extends string, S extends Spec> = S extends { readonly deps: Dependencies }
  ? OwnContext<Path, S> & DependencyValues<S['deps']>
  : OwnContext<Path, S>

/** What the handler of an operation gets: `D` are the dependencies of its app and router. */
export type HandlerContext<Path extends string, S extends Spec = {}, D extends Dependencies = {}> = {} extends D
  ? WithOwnDependencies<Path, S>
  : WithOwnDependencies<Path, S> & DependencyValues<D>

type GivenFor<R> = R extends ZodLike
  ? Frozen<R['_zod']['input']>
  : R extends ReplyKind
    ? NonNullable<R['~reply']>['given']
    : R extends StreamKind
      ? AsyncIterable<ItemOf<R>> | Iterable<ItemOf<R>>
      : R extends Schema
        ? Frozen<NonNullable<R['~standard']['types']>['input']>
        : R extends { readonly body: infer B }
          ? GivenFor<B>
          : unknown

type ItemOf<R extends StreamKind> = NonNullable<R['~item']>['given']

type OtherReplies<S> = S extends { readonly responses: infer RS extends Responses }
  ? { [Status in keyof RS & number]: Reply<Status, GivenFor<RS[Status]>> }[keyof RS & number]
  : never

/** What a handler may return: what fits `response`, a `reply()` that fits `responses`, or a whole answer. */
export type Result<S extends Spec> = GivenFor<S['response']> | OtherReplies<S> | Response | Answer | SentFile

/**
 * Keeps TypeScript from wrapping the items of a generator in `Awaited`, which would widen their literals:
 * a promise cannot be an item, and this says so.
 */
type NotPromise = string | number | boolean | bigint | null | undefined | (object & { readonly then?: undefined })

/** What a handler may yield: the items of its stream; nothing where one value is declared; anything where nothing is. */
type Item<S extends Spec> = S['response'] extends StreamKind
  ? ItemOf<S['response']> & NotPromise
  : S extends { readonly response: object }
    ? never
    : NotPromise

/** A generator that is not asynchronous. By `next` alone, because an array or a string must not be taken for one. */
interface Yields<I> {
  next(...args: never): IteratorResult<I, unknown>
}

/** The types of an operation, for the client; only a type, never a value. */
export interface OperationTypes<S, T, I> {
  readonly spec: S
  /** What the handler returns. */
  readonly result: T
  /** What the handler yields. */
  readonly item: I
}

/** One operation of an app, as a value: what a client and tests refer to. */
export interface Operation<
  M extends string = string,
  Path extends string = string,
  S = unknown,
  T = unknown,
  I = unknown,
> {
  readonly kind: 'operation'
  readonly method: M
  /** With the prefix of its own router. */
  readonly path: Path
  readonly spec: object
  readonly handler: Callable
  /** Only for types; never set. */
  readonly '~types'?: OperationTypes<S, T, I>
}

/**
 * Registers an operation: path, spec, handler; or path and handler alone. The spec comes first, so that the
 * handler's context is inferred from it.
 *
 * Both forms of result, a value and a stream, stand in one signature: a function without parameters is typed
 * once, by the first overload that is tried, and would lose its literals there.
 */
export interface Register<M extends HttpMethod, Prefix extends string, AD extends Dependencies> {
  <const Path extends string, T>(
    path: Path,
    handler: (context: HandlerContext<JoinPath<Prefix, Path>, {}, AD>) => T,
  ): Operation<M, JoinPath<Prefix, Path>, {}, Awaited<T>>
  <const Path extends string, S extends Spec, const T extends Result<S>, const I extends Item<S>>(
    path: Path,
    spec: S & NoOtherKeys<S>,
    handler: (context: HandlerContext<JoinPath<Prefix, Path>, S, AD>) => T | Promise<T> | Yields<I> | AsyncIterable<I>,
  ): Operation<M, JoinPath<Prefix, Path>, S, T, I>
}

/** Methods that one handler answers. */
type Methods = readonly [HttpMethod, ...HttpMethod[]]

/** An operation for each method, in their order. */
type Operations<Ms extends Methods, Path extends string, S, T, I = unknown> = {
  readonly [K in keyof Ms]: Operation<Ms[K] & HttpMethod, Path, S, T, I>
}

/** Registers an operation for each of several methods, as {@link Register} does for one. */
export interface RegisterRoute<Prefix extends string, AD extends Dependencies> {
  <const Ms extends Methods, const Path extends string, T>(
    methods: Ms,
    path: Path,
    handler: (context: HandlerContext<JoinPath<Prefix, Path>, {}, AD>) => T,
  ): Operations<Ms, JoinPath<Prefix, Path>, {}, Awaited<T>>
  <
    const Ms extends Methods,
    const Path extends string,
    S extends Spec,
    const T extends Result<S>,
    const I extends Item<S>,
  >(
    methods: Ms,
    path: Path,
    spec: S & NoOtherKeys<S>,
    handler: (context: HandlerContext<JoinPath<Prefix, Path>, S, AD>) => T | Promise<T> | Yields<I> | AsyncIterable<I>,
  ): Operations<Ms, JoinPath<Prefix, Path>, S, T, I>
}
