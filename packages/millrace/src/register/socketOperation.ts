import type { NoReservedNames } from '../depend/dependency.ts'
import type { BaseContext } from '../input/baseContext.ts'
import type { Callable, Dependencies, DependencyValues } from '../plan/dependency.ts'
import type { Frozen } from '../plan/frozen.ts'
import type { JoinPath, PathParams } from '../plan/path.ts'
import type { Input, Output, Schema, SchemaLike, ZodLike } from '../plan/schema.ts'
import type { BaseSocketSpec } from '../plan/socketPlan.ts'
import type { Middleware } from '../run/middleware.ts'
import type { Socket } from '../socket/Socket.ts'

/** What a WebSocket operation declares. Every key is optional. */
export interface SocketSpec extends BaseSocketSpec {
  readonly deps?: Dependencies & NoReservedNames
  /** Middleware around the handshake of this operation alone, outermost first. */
  readonly use?: readonly Middleware[]
}

/** Refuses keys that a spec does not have: a type parameter would take any. */
type NoOtherKeys<S> = { readonly [K in Exclude<keyof S, keyof SocketSpec>]: never }

type Checked<S> = S extends SchemaLike ? Output<S> : undefined

/** What a handler receives: of a message without a schema, the text or the bytes. */
export type MessageReceived<R> = R extends ZodLike
  ? R['_zod']['output']
  : R extends { readonly kind: 'text' }
    ? string
    : R extends { readonly kind: 'bytes' }
      ? Uint8Array
      : R extends Schema
        ? Output<R>
        : string | Uint8Array

/** What a handler may send. */
export type MessageGiven<R> = R extends ZodLike
  ? Frozen<R['_zod']['input']>
  : R extends { readonly kind: 'text' }
    ? string
    : R extends { readonly kind: 'bytes' }
      ? Uint8Array | ArrayBuffer
      : R extends Schema
        ? Frozen<Input<R>>
        : unknown

interface OwnContext<Path extends string, S extends SocketSpec> extends BaseContext {
  /** Path parameters: checked by `params`, else the strings of the path. */
  readonly params: S extends { readonly params: SchemaLike } ? Output<S['params']> : PathParams<Path>
  readonly query: Checked<S['query']>
  readonly headers: Checked<S['headers']>
  readonly cookies: Checked<S['cookies']>
  /** The connection. */
  readonly socket: Socket<MessageReceived<S['receive']>, MessageGiven<S['send']>>
}

type WithOwnDependencies<Path extends string, S extends SocketSpec> = S extends { readonly deps: Dependencies }
  ? OwnContext<Path, S> & DependencyValues<S['deps']>
  : OwnContext<Path, S>

/** What the handler of a WebSocket operation gets: `D` are the dependencies of its app and router. */
export type SocketContext<Path extends string, S extends SocketSpec = {}, D extends Dependencies = {}> = {} extends D
  ? WithOwnDependencies<Path, S>
  : WithOwnDependencies<Path, S> & DependencyValues<D>

/** One WebSocket operation of an app, as a value: what a client refers to. */
export interface SocketOperation<Path extends string = string, S = unknown> {
  readonly kind: 'socket'
  readonly method: 'WS'
  /** With the prefix of its own router. */
  readonly path: Path
  readonly spec: object
  readonly handler: Callable
  /** Only for types; never set. */
  readonly '~types'?: { readonly spec: S }
}

/** Registers a WebSocket operation: path, spec, handler; or path and handler alone. */
export interface RegisterSocket<Prefix extends string, AD extends Dependencies> {
  <const Path extends string>(
    path: Path,
    handler: (context: SocketContext<JoinPath<Prefix, Path>, {}, AD>) => unknown,
  ): SocketOperation<JoinPath<Prefix, Path>, {}>
  <const Path extends string, S extends SocketSpec>(
    path: Path,
    spec: S & NoOtherKeys<S>,
    handler: (context: SocketContext<JoinPath<Prefix, Path>, S, AD>) => unknown,
  ): SocketOperation<JoinPath<Prefix, Path>, S>
}
