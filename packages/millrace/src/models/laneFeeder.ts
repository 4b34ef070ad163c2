import type { BatchOptions } from './batchPolicy.ts'
import { type BatchLimits, formBatch } from './batchPolicy.ts'
import { batchDefaults } from './defaults.ts'
import type { Forecast } from './forecast.ts'
import type { Lanes } from './lanes.ts'
import { JobQueue } from './queue.ts'
import type { QueuedItem } from './queuedItem.ts'
import { after } from './timer.ts'

/** What a feeder tells. */
export interface FeederEvents<I, O> {
  /** The deadline of a job has passed while it waited, or will before it can be done. */
  onLate(job: QueuedItem<I, O>): void
  /** A job leaves the queue for a lane. */
  onStart(job: QueuedItem<I, O>): void
  /** A batch is to be run on a free lane. */
  onBatch(lanes: Lanes<I, O>, lane: number, batch: QueuedItem<I, O>[]): void
}

/**
 * Keeps lanes busy with what is queued. When a lane is free it takes what waits; there is no polling, and no timer
 * unless `maxDelayMs` asks for one, which then runs from the oldest item.
 */
export class LaneFeeder<I, O> {
  readonly #queue = new JobQueue<QueuedItem<I, O>>()
  readonly #limits: BatchLimits
  readonly #maxDelayMs: number
  readonly #forecast: Forecast
  readonly #events: FeederEvents<I, O>
  #lanes: Lanes<I, O> | undefined
  #isPlanned = false
  #delay: NodeJS.Timeout | undefined

  constructor(options: BatchOptions<I>, forecast: Forecast, events: FeederEvents<I, O>) {
    this.#limits = {
      maxSize: options.maxSize ?? batchDefaults.maxSize,
      maxCost: options.maxCost ?? Number.POSITIVE_INFINITY,
      padded: options.padded ?? false,
    }
    this.#maxDelayMs = options.maxDelayMs ?? batchDefaults.maxDelayMs
    this.#forecast = forecast
    this.#events = events
  }

  /** The lanes that further batches go to. */
  get lanes(): Lanes<I, O> | undefined {
    return this.#lanes
  }

  set lanes(lanes: Lanes<I, O> | undefined) {
    this.#lanes = lanes
    if (lanes) this.plan()
  }

  /** Jobs that wait. */
  get size(): number {
    return this.#queue.size
  }

  /** What one item may cost at most. */
  get maxCost(): number {
    return this.#limits.maxCost
  }

  /** Items in the next batch at most. */
  batchSize(): number {
    const { maxSize } = this.#limits
    return this.#forecast.batchSize(Math.min(maxSize, this.#lanes?.runtime.maxBatchSize ?? maxSize))
  }

  add(job: QueuedItem<I, O>): void {
    this.#queue.push(job)
    this.plan()
  }

  /** Lets a job go once more, before the others of its caller. */
  addAgain(job: QueuedItem<I, O>): void {
    this.#queue.pushBack(job)
    this.plan()
  }

  remove(job: QueuedItem<I, O>): void {
    this.#queue.remove(job)
  }

  /** Fails everything that waits. */
  fail(error: Error): void {
    clearTimeout(this.#delay)
    this.#delay = undefined
    for (const job of this.#queue.drain()) job.settle({ ending: 'failed', error })
  }

  /** Looks at the queue once this turn of the event loop is over, so that items queued together go together. */
  plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    queueMicrotask(() => {
      this.#isPlanned = false
      this.#feed()
    })
  }

  #feed(): void {
    const lanes = this.#lanes
    while (lanes && this.#queue.size > 0) {
      const lane = lanes.free()
      if (lane === undefined) return
      const now = performance.now()
      const waitMs = this.#maxDelayMs - (now - this.#queue.oldestQueuedAt())
      if (waitMs > 0 && !this.#isFull()) {
        this.#delay ??= after(waitMs, () => {
          this.#delay = undefined
          this.#feed()
        })
        return
      }
      const { size } = this.#queue
      const batch = this.#form(now)
      if (this.#queue.size === size) return
      for (const job of batch) {
        job.lanes = lanes
        job.startedAt = now
        this.#events.onStart(job)
      }
      const [first] = batch
      if (first?.onLane) first.onLane({ job: first, runtime: lanes.runtime, lane: lanes.hold(lane, first) })
      else if (first) this.#events.onBatch(lanes, lane, batch)
    }
  }

  #form(now: number): QueuedItem<I, O>[] {
    const limits = { ...this.#limits, maxSize: this.batchSize() }
    const endsAt = now + this.#forecast.batchMs(Math.min(this.#queue.size, limits.maxSize))
    return formBatch(this.#queue, limits, { now, endsAt }, (job) => {
      if (!job.isSettled) this.#events.onLate(job)
    })
  }

  /** Whether nothing that comes could go with what waits: it is enough by number or cost, or holds its lane. */
  #isFull(): boolean {
    const { maxCost, padded } = this.#limits
    const { size } = this.#queue
    if (size >= this.batchSize()) return true
    let sum = 0
    let longest = 0
    for (const job of this.#queue.jobs()) {
      if (job.holds) return true
      sum += job.cost
      longest = Math.max(longest, job.cost)
    }
    return (padded ? longest * size : sum) >= maxCost
  }
}
