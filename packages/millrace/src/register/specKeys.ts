import { StartupError } from '../errors/StartupError.ts'
import { type KnownKeys, unknownKeys } from '../plan/knownOptions.ts'
import { socketKeys } from '../plan/socketPlan.ts'
import type { Spec } from './operation.ts'
import type { SocketSpec } from './socketOperation.ts'

const keys: KnownKeys<Spec> = {
  params: true,
  query: true,
  headers: true,
  cookies: true,
  body: true,
  response: true,
  responses: true,
  status: true,
  deps: true,
  tags: true,
  name: true,
  summary: true,
  description: true,
  operationId: true,
  deprecated: true,
  hidden: true,
  externalDocs: true,
  servers: true,
  callbacks: true,
  examples: true,
  openapi: true,
  timeoutMs: true,
  maxBodyBytes: true,
  maxBodyValues: true,
  strictContentType: true,
  decompress: true,
  use: true,
}

const socketSpecKeys: KnownKeys<SocketSpec> = {
  params: true,
  query: true,
  headers: true,
  cookies: true,
  receive: true,
  send: true,
  deps: true,
  tags: true,
  name: true,
  summary: true,
  description: true,
  operationId: true,
  deprecated: true,
  hidden: true,
  openapi: true,
  externalDocs: true,
  timeoutMs: true,
  use: true,
  subprotocols: true,
  accept: true,
  invalidMessages: true,
  maxMessageValues: true,
  ...socketKeys,
}

/**
 * Types are not checked when an app is served, and a guard under a misspelt key would guard nothing.
 *
 * @throws {StartupError} `malformed_spec`
 */
export function refuseUnknownKeys(spec: object, operation: string, kind: 'operation' | 'socket' = 'operation'): void {
  const known = kind === 'socket' ? socketSpecKeys : keys
  const unknown = unknownKeys(spec, known)
  if (unknown === undefined) return
  throw new StartupError(
    'malformed_spec',
    `${operation} declares ${unknown}, which is no key of a spec: those are ${Object.keys(known).join(', ')}`,
  )
}
