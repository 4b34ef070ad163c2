/** How often a lane may be lost. */
export interface CrashLimits {
  /** More crashes than this within the window, and the lane is given up. Default 5. */
  readonly maxCrashes?: number
  /** Default 60,000. */
  readonly crashWindowMs?: number
}

const firstDelayMs = 100
const maxDelayMs = 10_000

/** Decides when a lane that was lost is started again: later each time, and not at all after too many losses. */
export class Backoff {
  readonly #maxCrashes: number
  readonly #windowMs: number
  #crashes: number[] = []

  constructor({ maxCrashes = 5, crashWindowMs = 60_000 }: CrashLimits) {
    this.#maxCrashes = maxCrashes
    this.#windowMs = crashWindowMs
  }

  /** Milliseconds to wait after a loss at `now`, or `undefined` to give up. */
  next(now: number): number | undefined {
    this.#crashes = this.#crashes.filter((at) => now - at < this.#windowMs)
    this.#crashes.push(now)
    if (this.#crashes.length > this.#maxCrashes) return undefined
    return Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#crashes.length - 1))
  }
}
