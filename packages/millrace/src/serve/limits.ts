import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount, count, milliseconds } from '../plan/limits.ts'
import type { TransportLimits } from './exchange.ts'

/** So many requests of a connection are at work at once; more wait unread. */
export const maxPipelined = 64

const keys: KnownKeys<TransportLimits> = {
  maxHeaderBytes: true,
  headersTimeoutMs: true,
  requestTimeoutMs: true,
  keepAliveTimeoutMs: true,
  sendTimeoutMs: true,
  maxConnections: true,
  maxRequestsPerConnection: true,
}

/**
 * The limits of a transport, with those that are not given.
 *
 * @param owner for messages
 * @throws {StartupError} `invalid_option`
 */
export function withDefaults(limits: TransportLimits = {}, owner = 'listen()'): Required<TransportLimits> {
  refuseUnknownOptions(limits, keys, `limits of ${owner}`)
  const headersTimeoutMs = milliseconds(limits.headersTimeoutMs ?? 10_000, 'limits.headersTimeoutMs')
  const requestTimeoutMs = milliseconds(limits.requestTimeoutMs ?? 60_000, 'limits.requestTimeoutMs')
  return {
    maxHeaderBytes: amount(limits.maxHeaderBytes ?? 16 * 1024, 'limits.maxHeaderBytes'),
    headersTimeoutMs: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeoutMs,
    keepAliveTimeoutMs: milliseconds(limits.keepAliveTimeoutMs ?? 5_000, 'limits.keepAliveTimeoutMs'),
    maxConnections: count(limits.maxConnections ?? Number.POSITIVE_INFINITY, 'limits.maxConnections'),
    maxRequestsPerConnection: count(
      limits.maxRequestsPerConnection ?? Number.POSITIVE_INFINITY,
      'limits.maxRequestsPerConnection',
    ),
    sendTimeoutMs: milliseconds(limits.sendTimeoutMs ?? 60_000, 'limits.sendTimeoutMs'),
  }
}
