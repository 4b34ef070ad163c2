/** How many of the latest batches the fit remembers, roughly. */
const memory = 50
/** Before this many batches have been seen, nothing is predicted. */
const leastBatches = 5

/** What was learned longer ago is no reason to refuse: one that is let through shows whether it still holds. */
export const staleMs = 10_000

/**
 * Learns how long a batch takes as `perItemMs · n + perBatchMs`, by least squares over the latest batches
 * (each weighs a little less than the next).
 */
export class BatchTimes {
  #batches = 0
  /** When the last batch was seen, by `performance.now()`. */
  learnedAt = 0
  #weight = 0
  #n = 0
  #t = 0
  #nn = 0
  #nt = 0

  learn(size: number, ms: number): void {
    const keep = 1 - 1 / memory
    this.learnedAt = performance.now()
    this.#batches++
    this.#weight = this.#weight * keep + 1
    this.#n = this.#n * keep + size
    this.#t = this.#t * keep + ms
    this.#nn = this.#nn * keep + size * size
    this.#nt = this.#nt * keep + size * ms
  }

  /** Milliseconds for a batch of this size; `undefined` until enough has been seen. */
  predict(size: number): number | undefined {
    const fit = this.#fit()
    return fit && Math.max(0, fit.perItemMs * size + fit.perBatchMs)
  }

  /** The largest batch that should be done within `targetMs`, at least 1. */
  largestWithin(targetMs: number, maxSize: number): number {
    const fit = this.#fit()
    if (!fit || fit.perItemMs <= 0) return maxSize
    return Math.max(1, Math.min(maxSize, Math.floor((targetMs - fit.perBatchMs) / fit.perItemMs)))
  }

  #fit(): { perItemMs: number; perBatchMs: number } | undefined {
    if (this.#batches < leastBatches) return undefined
    const spread = this.#weight * this.#nn - this.#n * this.#n
    // All batches had one size: no line can be drawn through them, so the time is taken as it is.
    if (spread < 1e-9) return { perItemMs: 0, perBatchMs: this.#t / this.#weight }
    const perItemMs = Math.max(0, (this.#weight * this.#nt - this.#n * this.#t) / spread)
    return { perItemMs, perBatchMs: Math.max(0, (this.#t - perItemMs * this.#n) / this.#weight) }
  }
}
