import { StartupError } from '../errors/StartupError.ts'

/** How often a key has been counted in its window, and when the window ends. */
export interface RateLimitCount {
  readonly totalHits: number
  readonly resetTime: Date | undefined
}

/**
 * Where {@link rateLimit} counts. The interface is that of the stores of express-rate-limit, so that
 * `rate-limit-redis` and its like can be used as they are.
 */
export interface RateLimitStore {
  /** Called once, before all else. */
  init?(options: { readonly windowMs: number }): void
  /** Counts one more, and tells the count with it. */
  increment(key: string): RateLimitCount | Promise<RateLimitCount>
}

interface Window {
  hits: number
  readonly endsAt: number
}

/**
 * Counts in the memory of the process: each process of several counts by itself. It forgets windows that are over,
 * and when it has `maxKeys` in memory, those that have not been asked for lately.
 */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #maxKeys: number
  #windowMs: number | undefined
  // Whoever was seen since `#turnsAt` is in the newer map; the older one is dropped whole at the next turn.
  #newer: Map<string, Window> = new Map()
  #older: Map<string, Window> = new Map()
  #turnsAt = 0

  /** @param options `maxKeys`: default 100,000 */
  constructor({ maxKeys = 100_000 }: { readonly maxKeys?: number } = {}) {
    this.#maxKeys = maxKeys
  }

  /** @throws {StartupError} `invalid_option` where another limit with another window counts in it already */
  init({ windowMs }: { readonly windowMs: number }): void {
    if (this.#windowMs !== undefined && this.#windowMs !== windowMs)
      throw new StartupError('invalid_option', 'A MemoryRateLimitStore has one window: give each rateLimit() its own')
    this.#windowMs = windowMs
  }

  increment(key: string): RateLimitCount {
    const now = Date.now()
    const windowMs = this.#windowMs ?? 0
    const latest = now + windowMs
    // What ends later than a window that begins now was counted by a clock that has been set back since.
    if (now >= this.#turnsAt || this.#turnsAt > latest || this.#newer.size >= this.#maxKeys / 2) this.#turn(latest)
    let window = this.#newer.get(key) ?? this.#older.get(key)
    if (!window || window.endsAt <= now || window.endsAt > latest) window = { hits: 0, endsAt: latest }
    window.hits++
    this.#newer.set(key, window)
    return { totalHits: window.hits, resetTime: new Date(window.endsAt) }
  }

  #turn(nextAt: number): void {
    this.#older = this.#newer
    this.#newer = new Map()
    this.#turnsAt = nextAt
  }
}
