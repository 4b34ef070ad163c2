import { BatchTimes, staleMs } from './adaptive.ts'

/** What waits, and for what. */
export interface Backlog {
  /** Items that wait. */
  readonly queued: number
  /** Items that wait or run, and slots that are reserved. */
  readonly reserved: number
  readonly lanes: number
  readonly hasFreeLane: boolean
}

/** What the times of the latest batches say of the next ones: how large they should be, and what would come too late. */
export class Forecast {
  readonly #times = new BatchTimes()
  readonly #targetMs: number | undefined

  /** @param targetMs what a batch should take, where batches are to be kept to a time */
  constructor(targetMs: number | undefined) {
    this.#targetMs = targetMs
  }

  learn(size: number, ms: number): void {
    this.#times.learn(size, ms)
  }

  /** How many items the next batch may have, of so many at most. */
  batchSize(maxSize: number): number {
    return this.#targetMs === undefined ? maxSize : this.#times.largestWithin(this.#targetMs, maxSize)
  }

  /** How long a batch of this size should take; 0 until that is known. */
  batchMs(size: number): number {
    return this.#times.predict(size) ?? 0
  }

  /**
   * By how much one more item would miss its deadline, in milliseconds; 0 or less where it should be in time, or nothing
   * is kept to a time.
   *
   * @param size of a batch
   */
  lateByMs(deadlineMs: number, size: number, { queued, reserved, lanes, hasFreeLane }: Backlog): number {
    if (this.#targetMs === undefined) return 0
    // Who need not wait goes in any case: else, after some slow batches, nobody would show that it is fast again.
    if (queued === 0 && hasFreeLane) return 0
    const batchMs = this.#times.predict(Math.min(queued + 1, size))
    if (batchMs === undefined || performance.now() - this.#times.learnedAt > staleMs) return 0
    const batches = Math.ceil((reserved + 1) / size)
    return Math.ceil(batches / lanes) * batchMs - deadlineMs
  }
}
