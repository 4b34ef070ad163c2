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
  /**
   * Items that were asked for, one by one; a request that was refused before its body was read counts as one. It is
   * `queued + running + done + failed + cancelled + expired + rejected`: each item is in one of these, and ends once.
   */
  readonly received: number
  /** Items that wait now. */
  readonly queued: number
  /** Items that are with a lane now, and whose caller still waits. */
  readonly running: number
  /** Places in the queue that requests hold now which have not asked for anything yet: their bodies are being read. */
  readonly reserved: number
  readonly batches: number
  /** Items by batch, on average. */
  readonly meanBatchSize: number
  /** Items whose result was given to a caller that still waited for it. */
  readonly done: number
  /** Items that the model failed for, or lost: its code threw, a worker died, it could not be loaded or was closed. */
  readonly failed: number
  /** Items that were refused at once: the queue was full, a caller had too many, an item was too large, the model is down. */
  readonly rejected: number
  /** Items whose caller had left before their result. */
  readonly cancelled: number
  /** Items whose deadline had passed before their result. */
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
  received = 0
  batches = 0
  batchedItems = 0
  done = 0
  failed = 0
  rejected = 0
  cancelled = 0
  expired = 0
  restarts = 0

  /** Counts items that were not let in. */
  refuse(items: number): void {
    this.received += items
    this.rejected += items
  }

  /** @param places that are reserved, by items and by requests that have not asked yet */
  snapshot(queued: number, places: number): ModelMetrics {
    const { received, batches, done, failed, rejected, cancelled, expired, restarts } = this
    const present = received - done - failed - rejected - cancelled - expired
    return {
      received,
      queued,
      running: present - queued,
      reserved: places - present,
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
