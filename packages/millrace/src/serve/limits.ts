import type { TransportLimits } from './exchange.ts'

/** The limits of a transport, where none are given. */
export function withDefaults(limits: TransportLimits = {}): Required<TransportLimits> {
  return {
    maxHeaderBytes: limits.maxHeaderBytes ?? 16 * 1024,
    headersTimeoutMs: limits.headersTimeoutMs ?? 10_000,
    requestTimeoutMs: limits.requestTimeoutMs ?? 60_000,
    keepAliveTimeoutMs: limits.keepAliveTimeoutMs ?? 5_000,
  }
}
