/** Of the buckets of a power of ten, in the three parts that 1, 2, 5 and 10 bound: none is wider than by a fifth. */
const parts: readonly (readonly [from: number, to: number, buckets: number])[] = [
  [1, 2, 4],
  [2, 5, 5],
  [5, 10, 4],
]
/** From tenths of a millisecond to hours. */
const powers = [-1, 0, 1, 2, 3, 4, 5, 6]
const leastMs = 0.1

/** Upper bounds of buckets, in milliseconds. What stands for 1, 2 and 5 is exact: others count by it. */
const boundsMs: readonly number[] = [
  leastMs,
  ...powers.flatMap((power) =>
    parts.flatMap(([from, to, buckets]) =>
      Array.from({ length: buckets }, (_, index) =>
        Number((from * (to / from) ** ((index + 1) / buckets) * 10 ** power).toPrecision(12)),
      ),
    ),
  ),
]

/** The buckets that other programs get, each with all that is below it: seconds that people can read. */
export const secondsTold: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50,
]

/** Durations in buckets. */
export class Histogram {
  readonly #counts: number[] = new Array(boundsMs.length + 1).fill(0)
  #count = 0
  #sum = 0

  add(value: number): void {
    const bucket = bucketOf(value)
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

  /** What can be added up with that of others, as {@link summary} cannot. */
  totals(): DurationTotals {
    const below = secondsTold.map((seconds) => {
      let sum = 0
      for (let bucket = bucketOf(seconds * 1_000); bucket >= 0; bucket--) sum += this.#counts[bucket] as number
      return sum
    })
    return { count: this.#count, sumMs: this.#sum, below }
  }

  #percentile(share: number): number {
    if (this.#count === 0) return 0
    let left = this.#count * share
    for (const [index, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return middleOf(index)
    }
    return middleOf(boundsMs.length)
  }
}

/** The first bucket whose bound is not below the value; the last has none. */
function bucketOf(value: number): number {
  let low = 0
  let high = boundsMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((boundsMs[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Of a bucket, in its own scale, with the three digits that it can stand for. */
function middleOf(index: number): number {
  const upper = boundsMs[Math.min(index, boundsMs.length - 1)] as number
  const lower = index === 0 ? leastMs / 1.2 : (boundsMs[Math.min(index, boundsMs.length - 1) - 1] as number)
  return Number(Math.sqrt(lower * upper).toPrecision(3))
}

/** Durations as {@link secondsTold} counts them. */
export interface DurationTotals {
  readonly count: number
  readonly sumMs: number
  /** How many took no longer than each of these seconds. */
  readonly below: readonly number[]
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

  totals(): ModelTotals {
    return { batchedItems: this.batchedItems, queueTime: this.queueTime.totals(), runTime: this.runTime.totals() }
  }
}

/** What is added up rather than averaged. */
export interface ModelTotals {
  readonly batchedItems: number
  readonly queueTime: DurationTotals
  readonly runTime: DurationTotals
}
