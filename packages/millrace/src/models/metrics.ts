/** Buckets of durations grow by this factor: a percentile is told to within a tenth. */
const growth = 1.2
/** Upper bound of the first bucket, in milliseconds. */
const leastMs = 0.1
/** Of which the last ends beyond an hour. */
const buckets = 96

/** Durations in buckets. */
export class Histogram {
  readonly #counts: number[] = new Array(buckets).fill(0)
  #count = 0
  #sum = 0

  add(value: number): void {
    const place = Math.ceil(Math.log(Math.max(value, leastMs) / leastMs) / Math.log(growth))
    const bucket = Math.min(place, buckets - 1)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#count++
    this.#sum += value
  }

  /** Count, mean, and the 50th and 99th percentile to within a tenth, in milliseconds. */
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
      if (left <= 0) return this.#count === 0 ? 0 : middleOf(index)
    }
    return middleOf(buckets - 1)
  }
}

/** Of a bucket, in its own scale, with the three digits that it can stand for. */
function middleOf(index: number): number {
  return Number((leastMs * growth ** (index - 0.5)).toPrecision(3))
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
