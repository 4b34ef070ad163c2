import type { JsonWebKey } from 'node:crypto'

// By themselves, not those of `jose`: who uses API keys alone, and has not installed it, reads these declarations, too.

/** Keys that are given (RFC 7517, section 5). */
export interface LocalKeySet {
  readonly keys: readonly JsonWebKey[]
}

/** Keys that their owner publishes (RFC 7517), and may replace at any time. */
export interface RemoteKeySet {
  /** Such as `https://id.example/.well-known/jwks.json`. */
  readonly url: string | URL
  /** For how long fetched keys are used, in milliseconds. Default 600,000. */
  readonly cacheMs?: number
  /** Between two fetches for keys that are not known, in milliseconds. Default 30,000. */
  readonly cooldownMs?: number
  /** For a fetch, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
}
