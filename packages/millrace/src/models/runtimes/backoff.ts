/** How often a lane may be lost. */
export interface CrashLimits {
  /** More crashes than this within the window, and the lane is given up: it is `down`, and tried again every ten seconds. Default 5. */
  readonly maxCrashes?: number
  /** Default 60,000. */
  readonly crashWindowMs?: number
}

const firstDelayMs = 100
const maxDelayMs = 10_000

/** When a lane that was lost is started again. */
export interface Restart {
  readonly delayMs: number
  /** It was lost too often: until it is back it counts as given up. */
  readonly isGivenUp: boolean
}

/** Decides when a lane that was lost is started again: later each time, and as late as can be after too many losses. */
export class Backoff {
  readonly #maxCrashes: number
  readonly #windowMs: number
  #crashes: number[] = []

  constructor({ maxCrashes = 5, crashWindowMs = 60_000 }: CrashLimits) {
    this.#maxCrashes = maxCrashes
    this.#windowMs = crashWindowMs
  }

  /** After a loss at `now`. */
  next(now: number): Restart {
    this.#crashes = this.#crashes.filter((at) => now - at < this.#windowMs)
    this.#crashes.push(now)
    const isGivenUp = this.#crashes.length > this.#maxCrashes
    const delayMs = isGivenUp ? maxDelayMs : Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#crashes.length - 1))
    return { delayMs, isGivenUp }
  }
}
