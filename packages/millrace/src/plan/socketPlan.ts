import { StartupError } from '../errors/StartupError.ts'
import type { Definition, PlanDefaults } from './definition.ts'
import type { Callable } from './dependency.ts'
import type { KnownKeys } from './knownOptions.ts'
import { amount, milliseconds } from './limits.ts'
import { makePlan } from './makePlan.ts'
import { isOrigin } from './origin.ts'
import type { Plan } from './plan.ts'
import { isSchema, type Schema, type SchemaLike } from './schema.ts'
import type { BaseSpec } from './spec.ts'

/** A message that is not JSON: what `text()` and `bytes()` make. */
export interface MessageKind {
  readonly kind: 'text' | 'bytes'
}

/** Limits and rules of a WebSocket; each has a default. */
export interface SocketOptions {
  /** Of one message from the client, in bytes. Default 1 MiB; more closes with 1009. */
  readonly maxMessageBytes?: number
  /**
   * What may wait to be sent when one more message is, in bytes. Default 1 MiB. A client that reads so slowly is
   * closed with 1008; who awaits `send()` never comes to it.
   */
  readonly maxBufferedBytes?: number
  /**
   * Messages that have come and that nobody has received yet. Default 16; with more, or with more than
   * {@link maxMessageBytes} of them, nothing is read from the connection until the handler receives some.
   */
  readonly maxQueuedMessages?: number
  /** Between two pings (RFC 6455, section 5.5.2). Default 20,000; `Infinity` for none. */
  readonly pingIntervalMs?: number
  /** For the answer to a ping, or anything else, to come. Default 20,000; later the connection is cut. */
  readonly pongTimeoutMs?: number
  /** For a message to come or to be sent. Default 3,600,000, one hour; later closes with 1001. */
  readonly idleTimeoutMs?: number
  /**
   * Web origins from which browsers may connect, such as `https://example.com`. Default: only the one that the
   * request is for; with `compat: 'fastapi'` all. `*` for all. Clients that tell no origin are not browsers, and are let
   * in: they could tell any.
   */
  readonly origins?: '*' | readonly string[]
  /** Compresses messages where the client offers to (RFC 7692). Default false: it costs memory and time for each connection. */
  readonly compress?: boolean
}

export const socketKeys: KnownKeys<SocketOptions> = {
  maxMessageBytes: true,
  maxBufferedBytes: true,
  maxQueuedMessages: true,
  pingIntervalMs: true,
  pongTimeoutMs: true,
  idleTimeoutMs: true,
  origins: true,
  compress: true,
}

/** What a WebSocket operation declares, as far as a plan needs it. */
export interface BaseSocketSpec
  extends SocketOptions,
    Omit<
      BaseSpec,
      | 'body'
      | 'response'
      | 'responses'
      | 'status'
      | 'examples'
      | 'maxBodyBytes'
      | 'maxBodyValues'
      | 'strictContentType'
      | 'decompress'
      | 'callbacks'
      | 'servers'
    > {
  /** What the client sends: a schema means JSON in text messages; or `text()`, `bytes()`. Default: either, unchecked. */
  readonly receive?: SchemaLike | MessageKind
  /** What the server sends: a schema means JSON in text messages; or `text()`, `bytes()`. Default: strings, bytes, or JSON of anything else. */
  readonly send?: SchemaLike | MessageKind
  /** Values of one JSON message. Default: the app's `maxBodyValues`, else 100,000. */
  readonly maxMessageValues?: number
  /** Those that the server speaks, the best first; the first that the client offers is taken (RFC 6455, section 1.9). */
  readonly subprotocols?: readonly string[]
  /** `manual`: the handler runs before the handshake is answered, and calls `socket.accept()`. Default `automatic`. */
  readonly accept?: 'automatic' | 'manual'
  /** A message that does not fit: `close` ends the WebSocket unless the handler catches it (default); `answer` tells the client, and goes on. */
  readonly invalidMessages?: 'close' | 'answer'
}

/** How messages of one direction are written. */
export type MessagePlan =
  | { readonly kind: 'json'; readonly schema: Schema }
  | { readonly kind: 'text' | 'bytes' | 'any' }

/** Everything there is to know about one WebSocket operation. */
export interface SocketPlan extends Plan {
  readonly method: 'WS'
  readonly receive: MessagePlan
  readonly send: MessagePlan
  readonly maxMessageValues: number
  readonly subprotocols: readonly string[]
  readonly isManual: boolean
  readonly answersInvalid: boolean
  readonly limits: SocketLimits
}

/** {@link SocketOptions} with those that were not given. */
export interface SocketLimits extends Required<SocketOptions> {}

/** A WebSocket operation as it was registered. */
export interface SocketDefinition extends Omit<Definition, 'spec' | 'method'> {
  readonly spec: BaseSocketSpec
  readonly handler: Callable
}

/** @throws {StartupError} for what cannot be served */
export function makeSocketPlan(
  { path, segments, spec, handler, inherited }: SocketDefinition,
  defaults: PlanDefaults,
  options: SocketOptions,
): SocketPlan {
  const name = `WS ${path}`
  const plan = makePlan({ method: 'WS', path, segments, spec, handler, inherited }, defaults)
  return Object.freeze({
    ...plan,
    method: 'WS' as const,
    receive: messagePlan(spec.receive, name, 'receive'),
    send: messagePlan(spec.send, name, 'send'),
    maxMessageValues: amount(spec.maxMessageValues ?? defaults.maxBodyValues, `maxMessageValues of ${name}`),
    subprotocols: subprotocolsOf(spec.subprotocols ?? [], name),
    isManual: oneOf(spec.accept ?? 'automatic', ['automatic', 'manual'], `accept of ${name}`) === 'manual',
    answersInvalid:
      oneOf(spec.invalidMessages ?? 'close', ['close', 'answer'], `invalidMessages of ${name}`) === 'answer',
    limits: limitsOf({ ...options, ...withoutUndefined(spec) }, name),
  })
}

/** Limits of an app or an operation. @throws {StartupError} `invalid_option` */
export function limitsOf(options: SocketOptions, name: string): SocketLimits {
  const { origins = [], compress = false } = options
  const ms = (value: number, key: string) =>
    value === Number.POSITIVE_INFINITY ? value : milliseconds(value, `${key} of ${name}`)
  return {
    maxMessageBytes: amount(options.maxMessageBytes ?? 1024 * 1024, `maxMessageBytes of ${name}`),
    maxBufferedBytes: amount(options.maxBufferedBytes ?? 1024 * 1024, `maxBufferedBytes of ${name}`),
    maxQueuedMessages: Math.max(1, amount(options.maxQueuedMessages ?? 16, `maxQueuedMessages of ${name}`)),
    pingIntervalMs: ms(options.pingIntervalMs ?? 20_000, 'pingIntervalMs'),
    pongTimeoutMs: ms(options.pongTimeoutMs ?? 20_000, 'pongTimeoutMs'),
    idleTimeoutMs: ms(options.idleTimeoutMs ?? 3_600_000, 'idleTimeoutMs'),
    origins: origins === '*' ? '*' : origins.map((origin) => originOf(origin, name)),
    compress,
  }
}

function withoutUndefined(spec: BaseSocketSpec): SocketOptions {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined))
}

function originOf(origin: string, name: string): string {
  if (isOrigin(origin)) return origin
  throw new StartupError(
    'invalid_option',
    `'${origin}' in origins of ${name} is no origin: it looks like https://example.com`,
  )
}

function oneOf<T extends string>(value: T, all: readonly T[], name: string): T {
  if (all.includes(value)) return value
  throw new StartupError('invalid_option', `${name} has to be one of ${all.join(', ')}, not ${String(value)}`)
}

function messagePlan(message: SchemaLike | MessageKind | undefined, name: string, key: string): MessagePlan {
  if (message === undefined) return { kind: 'any' }
  if (isSchema(message)) return { kind: 'json', schema: message }
  if (typeof message === 'object' && 'kind' in message && (message.kind === 'text' || message.kind === 'bytes'))
    return { kind: message.kind }
  throw new StartupError('malformed_spec', `'${key}' of ${name} is neither a Standard Schema nor text() or bytes()`)
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function subprotocolsOf(subprotocols: readonly string[], name: string): readonly string[] {
  for (const one of subprotocols)
    if (!tokenPattern.test(one))
      throw new StartupError(
        'malformed_spec',
        `'${one}' in subprotocols of ${name} cannot be sent: it has to be a token`,
      )
  return subprotocols
}
