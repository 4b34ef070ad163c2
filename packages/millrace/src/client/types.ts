import type { BodyKind, ReplyKind, SentFile, StreamKind } from '../plan/kind.ts'
import type { JoinPath, PathParams } from '../plan/path.ts'
import type { Input, Output, SchemaLike, ZodLike } from '../plan/schema.ts'
import type { Operation } from '../register/operation.ts'
import type { Reply } from '../reply/Reply.ts'
import type { Answer } from '../serve/answer.ts'
import type { Json } from './json.ts'

/** A request that is sent when it is awaited, or when its response is asked for; not before. */
export interface Call<T> extends Promise<T> {
  /** The response as it came, unread, whatever its status. */
  response(): Promise<Response>
}

/**
 * A stream of items. Each `for await` sends a request of its own when it begins, and ends it when it is left.
 *
 * Iterating throws a `ClientError` where the stream is refused, or fails later.
 */
export interface ClientStream<T> {
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined>
  /** The response as it came, unread, whatever its status. */
  response(): Promise<Response>
}

/** What is written as text into a path, a query, a header or a cookie. */
export type TextValue = string | number | bigint | boolean

/** What every call can be given. */
export interface CallOptions {
  /** Aborts the request, or the stream it has opened. */
  readonly signal?: AbortSignal | undefined
}

/** The operations of a method by their paths; of one module, or of a tuple of several. */
export type ByPath<Api, M extends string> = Api extends readonly [infer First, ...infer Rest]
  ? ByPath<First, M> & ByPath<Rest, M>
  : { [K in keyof Api as PathOf<Api[K], M>]: Api[K] }

/**
 * The operations of a module whose router is included at a prefix that it does not know of, for
 * {@link createClient}.
 *
 * @example
 * app.include(items, { prefix: '/v1' })
 * const client = createClient<[typeof users, Prefixed<'/v1', typeof items>]>({ baseUrl })
 */
export type Prefixed<Prefix extends string, Api> = {
  readonly [K in keyof Api]: Api[K] extends Operation<infer M, infer P, infer S, infer T, infer I>
    ? Operation<M, JoinPath<Prefix, P>, S, T, I>
    : Api[K]
}

/** Only a path that is known: an export of type `any` would have every path. */
type PathOf<O, M extends string> = [O] extends [{ readonly method: M; readonly path: infer P extends string }]
  ? string extends P
    ? never
    : P
  : never

/**
 * What a call is given: the inputs that its operation declares. In brackets, so that the compiler does not go
 * through all operations when it looks at the path parameter's bound.
 */
export type OptionsOf<O> = [O] extends [Operation<infer _M, infer P, infer S>]
  ? CallOptions & ParamsOption<P, S> & QueryOption<S> & HeadersOption<S> & CookiesOption<S> & BodyOption<S>
  : never

/** The rest of a call's arguments: options may be left out where none is required. */
export type Rest<Options> = {} extends Options ? [options?: Options] : [options: Options]

type Option<Name extends string, V, Optional> = Optional extends true
  ? { readonly [K in Name]?: V | undefined }
  : { readonly [K in Name]: V }

type IsOptional<V> = {} extends V ? true : false

/** The options of a call, each there where its operation declares it. */
export type ParamsOption<P extends string, S> = S extends { readonly params: infer Params extends SchemaLike }
  ? Option<'params', Input<Params>, IsOptional<Input<Params>>>
  : PathParams<P> extends infer Names extends object
    ? Option<'params', { readonly [K in keyof Names]: TextValue }, IsOptional<Names>>
    : {}

export type QueryOption<S> = S extends { readonly query: infer Q }
  ? Option<'query', Input<Q>, IsOptional<Input<Q>>>
  : {}

/** Besides those that are declared, any header may be sent. */
type OtherHeaders = { readonly [name: string]: TextValue | undefined }
export type HeadersOption<S> = S extends { readonly headers: infer H }
  ? Option<'headers', Input<H> & OtherHeaders, IsOptional<Input<H>>>
  : { readonly headers?: OtherHeaders | undefined }

export type CookiesOption<S> = S extends { readonly cookies: infer C }
  ? Option<'cookies', Input<C>, IsOptional<Input<C>>>
  : {}

/** JSON goes under `body`; any other kind under the name of what is sent: `form`, `multipart`, `text`, `bytes`. */
type BodyOption<S> = S extends { readonly body: infer B }
  ? B extends ZodLike
    ? Option<'body', Input<B>, undefined extends Input<B> ? true : false>
    : B extends BodyKind
      ? Option<SentAs[B['kind']], NonNullable<B['~body']>['sent'], false>
      : Option<'body', Input<B>, undefined extends Input<B> ? true : false>
  : {}

/** How a body is sent does not depend on how it is read. */
interface SentAs {
  readonly form: 'form'
  readonly multipart: 'multipart'
  readonly parts: 'multipart'
  readonly text: 'text'
  readonly bytes: 'bytes'
  readonly byteStream: 'bytes'
}

/** What a call gives back. */
export type AnswerOf<O> =
  O extends Operation<infer _M, infer _P, infer S, infer T, infer I>
    ? S extends { readonly response: infer R }
      ? R extends ZodLike
        ? Call<Json<Output<R>> | OtherSuccess<S>>
        : R extends StreamKind
          ? ClientStream<Json<NonNullable<R['~item']>['received']>>
          : Call<ReceivedOf<R> | OtherSuccess<S>>
      : Undeclared<T, I>
    : never

type ReceivedOf<R> = R extends ReplyKind
  ? R['kind'] extends 'json'
    ? Json<NonNullable<R['~reply']>['received']>
    : NonNullable<R['~reply']>['received']
  : R extends SchemaLike
    ? Json<Output<R>>
    : R extends { readonly body: infer B }
      ? ReceivedOf<B>
      : unknown

type IsSuccess<Status> = number extends Status
  ? true
  : Status extends number
    ? `${Status}` extends `2${string}`
      ? true
      : false
    : false

/** What `responses` declares for further statuses of success. */
type OtherSuccess<S> = S extends { readonly responses: infer RS }
  ? { [K in keyof RS & number]: IsSuccess<K> extends true ? ReceivedOf<RS[K]> : never }[keyof RS & number]
  : never

type Binary = Uint8Array | ArrayBuffer | ReadableStream | Blob | SentFile
type SyncGenerator<I> = { next(...args: never): IteratorResult<I, unknown>; [Symbol.iterator](): unknown }

/** Of an operation without a response schema: by what its handler returns, as the server does. */
type Undeclared<T, I> = unknown extends T
  ? undefined extends I // what stands there when the handler yields nothing
    ? Call<unknown>
    : ClientStream<Json<I>>
  : [T] extends [Binary]
    ? Call<Uint8Array>
    : [T] extends [AsyncIterable<infer Yielded> | SyncGenerator<infer Yielded>]
      ? ClientStream<Json<Yielded>>
      : Call<UndeclaredValue<T>>

type UndeclaredValue<T> =
  T extends Reply<infer Status, infer V>
    ? IsSuccess<Status> extends true
      ? UndeclaredValue<V>
      : never
    : T extends Response | Answer
      ? unknown
      : T extends Binary
        ? Uint8Array
        : T extends undefined | void
          ? undefined
          : Json<T>
