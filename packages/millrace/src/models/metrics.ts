/** Upper bounds of the buckets of a duration, in milliseconds. */
const bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000]

/** Durations in buckets. */
export class Histogram {
  readonly #counts: number[] = new Array(bounds.length + 1).fill(0)
  #count = 0
  #sum = 0

  add(value: number): void {
    const index = bounds.findIndex((bound) => value <= bound)
    const bucket = index < 0 ? bounds.length : index
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#count++
    this.#sum += value
  }

  /** Count, mean, and the upper bounds of the buckets in which the 50th and 99th percentile lie, in milliseconds. */
  summary(): DurationSummary {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50Ms: this.#percentile(0.5),
      p99Ms: this.#percentile(0.99),
    }
  }

  #percentile(share: number): number {
    let left = this.#count * share
    for (const [index, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return this.#count === 0 ? 0 : (bounds[index] ?? Number.POSITIVE_INFINITY)
    }
    return Number.POSITIVE_INFINITY
  }
}

/** Durations, summed up. */
export interface DurationSummary {
  readonly count: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What a model has done since it was made. */
export interface ModelMetrics {
  /** Items that wait now. */
  readonly queued: number
  /** Items that are with a lane now. */
  readonly running: number
  readonly batches: number
  /** Items by batch, on average. */
  readonly meanBatchSize: number
  readonly done: number
  readonly failed: number
  /** Refused because the queue was full or a caller had too many. */
  readonly rejected: number
  /** Callers that left before their result. */
  readonly cancelled: number
  /** Deadlines that passed. */
  readonly expired: number
  /** Lanes that were lost and came back. */
  readonly restarts: number
  readonly queueTime: DurationSummary
  readonly runTime: DurationSummary
}

/** Counts for one model. */
export class Metrics {
  readonly queueTime: Histogram = new Histogram()
  readonly runTime: Histogram = new Histogram()
  batches = 0
  batchedItems = 0
  done = 0
  failed = 0
  rejected = 0
  cancelled = 0
  expired = 0
  restarts = 0

  snapshot(queued: number, running: number): ModelMetrics {
    const { batches, done, failed, rejected, cancelled, expired, restarts } = this
    return {
      queued,
      running,
      batches,
      meanBatchSize: batches === 0 ? 0 : this.batchedItems / batches,
      done,
      failed,
      rejected,
      cancelled,
      expired,
      restarts,
      queueTime: this.queueTime.summary(),
      runTime: this.runTime.summary(),
    }
  }
}
