import { StartupError } from '../errors/StartupError.ts'
import { unknownKeys } from './knownOptions.ts'
import type { BaseSpec } from './spec.ts'

/**
 * What is declared of a request that the API sends and someone else answers: a callback or a webhook. `body`
 * and the other inputs are what is sent, `response` what is hoped for. Every key is optional.
 */
export interface OutgoingSpec extends Pick<BaseSpec, Exclude<keyof typeof keys, 'method'>> {
  /** Default `POST`. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
}

const keys = {
  method: true,
  query: true,
  headers: true,
  cookies: true,
  body: true,
  response: true,
  responses: true,
  status: true,
  tags: true,
  summary: true,
  description: true,
  externalDocs: true,
  operationId: true,
  deprecated: true,
  hidden: true,
  examples: true,
  openapi: true,
} as const

/** Refuses keys that the spec does not have: a type parameter would take any. */
export type NoOtherOutgoingKeys<S> = { readonly [K in Exclude<keyof S, keyof OutgoingSpec>]: never }

/** A request that is sent to a URL which a caller has given. Made by {@link callback}. */
export interface Callback<S extends OutgoingSpec = OutgoingSpec> {
  readonly kind: 'callback'
  /** A URL with runtime expressions. */
  readonly expression: string
  readonly spec: S
}

/** Callbacks of an operation, by name; several of one name differ in expression or method. */
export type Callbacks = Readonly<Record<string, Callback | readonly Callback[]>>

/** A request that is sent to URLs which are agreed outside of the API. Made by `app.webhook()`. */
export interface Webhook<S extends OutgoingSpec = OutgoingSpec> {
  readonly kind: 'webhook'
  readonly name: string
  readonly spec: S
}

/**
 * Declares a request that the API sends to its caller later (Callback Object). It is for the document: your
 * code sends it, and can check what it sends with `spec.body`.
 *
 * @param expression the URL, with runtime expressions in braces: `{$request.body#/callbackUrl}/done`
 * @throws {StartupError} `malformed_spec` for braces that do not match, and for unknown keys
 * @example
 * const done = callback('{$request.body#/callbackUrl}', { body: z.object({ id: z.string(), paid: z.boolean() }) })
 * app.post('/invoices', { body: Invoice, callbacks: { done } }, ({ body, after }) => …)
 */
export function callback<const S extends OutgoingSpec>(
  expression: string,
  spec: S & NoOtherOutgoingKeys<S>,
): Callback<S> {
  if (!/^(?:[^{}]|\{[^{}]+\})+$/.test(expression))
    throw new StartupError(
      'malformed_spec',
      `The callback '${expression}' is no URL with runtime expressions: each stands in braces, such as '{$request.body#/callbackUrl}'`,
    )
  refuseOtherKeys(spec, `The callback '${expression}'`)
  return Object.freeze({ kind: 'callback', expression, spec })
}

/** Makes a webhook. @throws {StartupError} `malformed_spec` for unknown keys */
export function makeWebhook<S extends OutgoingSpec>(name: string, spec: S): Webhook<S> {
  refuseOtherKeys(spec, `The webhook '${name}'`)
  return Object.freeze({ kind: 'webhook', name, spec })
}

function refuseOtherKeys(spec: object, name: string): void {
  const unknown = unknownKeys(spec, keys)
  if (unknown === undefined) return
  throw new StartupError(
    'malformed_spec',
    `${name} declares ${unknown}, which is no key of what is sent: those are ${Object.keys(keys).join(', ')}`,
  )
}
