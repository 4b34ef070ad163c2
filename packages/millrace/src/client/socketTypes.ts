import type { Input, Output, Schema, ZodLike } from '../plan/schema.ts'
import type { SocketOperation } from '../register/socketOperation.ts'
import type { Json } from './json.ts'
import type { CallOptions, CookiesOption, HeadersOption, ParamsOption, QueryOption } from './types.ts'

/** How it was closed. */
export interface SocketClose {
  readonly code: number
  readonly reason: string
}

/**
 * A WebSocket of an API. It connects when it is made; what is sent before it is open waits.
 *
 * Iterating gives the messages of the server until it closes, and throws a `ClientSocketError` where that is not
 * the regular end.
 */
export interface ClientSocket<Received, Sent> extends AsyncIterable<Received>, AsyncDisposable {
  /** Resolves when it is open. Rejects with a `ClientError` where the refusal is known, else with a `ClientSocketError`. */
  readonly opened: Promise<void>
  /** Resolves when it is over, however it ended. */
  readonly closed: Promise<SocketClose>
  readonly isOpen: boolean
  /** The one that was chosen; empty for none. */
  readonly subprotocol: string
  /** Sends a message, and waits while a megabyte waits to be sent. @throws as {@link opened}, or {ClientSocketError} when it is over */
  send(message: Sent): Promise<void>
  /** The next message. @throws as {@link opened}, or {ClientSocketError} when there is none any more */
  receive(): Promise<Received>
  /** Closes it, and resolves when it is over. @param code 1000 (default), or one from 3000 to 4999 */
  close(code?: number, reason?: string): Promise<SocketClose>
}

/** The part of the standard `WebSocket` (WHATWG WebSockets, section 3) that is used. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  readonly protocol: string
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  // biome-ignore lint/suspicious/noExplicitAny: the events of browsers and of packages have types of their own
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: any) => void): void
}

/** How a socket is to be opened. */
export interface WebSocketInit {
  readonly protocols: string[]
  /** Those of the call and of the client, cookies included. The standard `WebSocket` cannot send any. */
  readonly headers: Record<string, string>
}

/** What is sent and received as text rather than as JSON has to be told: the types of an operation are not there when code runs. */
type SendsOption<S> = S extends { readonly receive: infer R }
  ? R extends { readonly kind: 'text' }
    ? { readonly sends: 'text' }
    : {}
  : { readonly sends: 'text' }
type ReceivesOption<S> = S extends { readonly send: infer R }
  ? R extends { readonly kind: 'text' }
    ? { readonly receives: 'text' }
    : {}
  : { readonly receives: 'text' }

/** What the server receives is sent. */
type Sent<S> = S extends { readonly receive: infer R }
  ? R extends ZodLike
    ? Input<R>
    : R extends { readonly kind: 'text' }
      ? string
      : R extends { readonly kind: 'bytes' }
        ? Uint8Array | ArrayBuffer
        : R extends Schema
          ? Input<R>
          : never
  : string | Uint8Array | ArrayBuffer

type Received<S> = S extends { readonly send: infer R }
  ? R extends ZodLike
    ? Json<Output<R>>
    : R extends { readonly kind: 'text' }
      ? string
      : R extends { readonly kind: 'bytes' }
        ? Uint8Array
        : R extends Schema
          ? Json<Output<R>>
          : never
  : string | Uint8Array

/** What a socket is opened with: the inputs that its operation declares. */
export type SocketOptionsOf<O> = [O] extends [SocketOperation<infer P, infer S>]
  ? CallOptions & { readonly subprotocols?: readonly string[] } & ParamsOption<P, S> &
      QueryOption<S> &
      HeadersOption<S> &
      CookiesOption<S> &
      SendsOption<S> &
      ReceivesOption<S>
  : never

/** The socket of an operation. */
export type SocketOf<O> = O extends SocketOperation<infer _P, infer S> ? ClientSocket<Received<S>, Sent<S>> : never
