import { BatchTimes, staleMs } from './adaptive.ts'
import { Admission, type Place } from './admission.ts'
import { type BatchLimits, formBatch } from './batchPolicy.ts'
import { batchDefaults, queueDefaults } from './defaults.ts'
import { DeadlineError, ItemTooLargeError, ModelError, ModelUnavailableError, QueueFullError } from './errors.ts'
import { Lanes } from './lanes.ts'
import { Metrics, type ModelMetrics } from './metrics.ts'
import type { SchedulerOptions, SlottedOptions } from './options.ts'
import { JobQueue } from './queue.ts'
import { type OnLane, QueuedItem } from './queuedItem.ts'
import type { Results, Runtime } from './runtime.ts'
import { limitStream } from './streamLimits.ts'
import { after } from './timer.ts'

/**
 * Brings items to lanes. When a lane is free it takes what is queued; there is no polling, and no timer
 * unless `maxDelayMs` asks for one, which then runs from the oldest item.
 */
export class Scheduler<I, O> {
  readonly #options: SchedulerOptions<I>
  readonly #admission: Admission
  readonly #queue = new JobQueue<QueuedItem<I, O>>()
  readonly #times = new BatchTimes()
  readonly #metrics = new Metrics()
  readonly #limits: BatchLimits
  #lanes: Lanes<I, O> | undefined
  #isPlanned = false
  #delay: NodeJS.Timeout | undefined
  #down: ModelUnavailableError | undefined

  constructor(options: SchedulerOptions<I>) {
    const { name, batch, queue } = options
    const maxSize = queue.maxSize ?? queueDefaults.maxSize
    this.#options = options
    this.#admission = new Admission(name, { maxSize, maxPerCaller: queue.maxPerCaller ?? maxSize })
    this.#limits = {
      maxSize: batch.maxSize ?? batchDefaults.maxSize,
      maxCost: batch.maxCost ?? Number.POSITIVE_INFINITY,
      padded: batch.padded ?? false,
    }
  }

  /** Sends further batches to these lanes; those before finish what they have. */
  use(runtime: Runtime<I, O>): Lanes<I, O> {
    const lanes: Lanes<I, O> = new Lanes(runtime, {
      onFree: () => this.#plan(),
      onLost: (error) => this.#options.log.warn('A lane of a model was lost', { model: this.#options.name, error }),
      onRestart: () => {
        this.#metrics.restarts++
      },
      onDown: (error) => this.#goDown(lanes, error),
      onUp: () => {
        if (lanes === this.#lanes) this.#down = undefined
      },
    })
    return lanes
  }

  /** Makes lanes the current ones. */
  switchTo(lanes: Lanes<I, O>): void {
    this.#lanes = lanes
    this.#down = undefined
    this.#plan()
  }

  metrics(): ModelMetrics {
    return this.#metrics.snapshot(this.#queue.size, this.#admission.count)
  }

  /** Items queued and running, and slots reserved for requests that have not asked yet. */
  get reserved(): number {
    return this.#admission.count
  }

  /**
   * Reserves a place for a request, before any work is done for it.
   *
   * @param caller whose it is, where that is known already
   * @throws {QueueFullError} {@link CallerLimitError} {@link ModelUnavailableError}
   */
  reserve(caller: string | undefined): Place {
    try {
      if (this.#down) throw this.#down
      return this.#admission.reserve(caller)
    } catch (error) {
      this.#metrics.refuse(1)
      throw error
    }
  }

  /** Whether the runtime has given up. */
  get isDown(): boolean {
    return this.#down !== undefined
  }

  /**
   * Queues one item.
   *
   * @throws {HttpError} what of `models/errors.ts` applies
   */
  submit(item: I, options: SlottedOptions = {}): Promise<O> {
    return new Promise((resolve, reject) => this.#enqueue(item, options, resolve, reject))
  }

  /** Queues several items: all, or none where there is no room for all. */
  submitAll(items: readonly I[], options: SlottedOptions = {}): Promise<O[]> {
    try {
      this.ensureRoom(items.length, options)
    } catch (error) {
      return Promise.reject(error)
    }
    const jobs: (QueuedItem<I, O> | undefined)[] = []
    const results = items.map((item) => {
      const { promise, resolve, reject } = Promise.withResolvers<O>()
      jobs.push(this.#enqueue(item, options, resolve, reject))
      return promise
    })
    return Promise.all(results).catch((error) => {
      // Nobody will see the other results.
      for (const job of jobs) job?.leave('cancelled', error)
      throw error
    })
  }

  /**
   * Sees to it that so many items can be queued in this turn of the event loop, by the slot of their request and
   * others: all of them, or none.
   *
   * @throws {QueueFullError} {@link CallerLimitError}
   */
  ensureRoom(count: number, { caller = '', slot }: SlottedOptions): void {
    if (count === 0) return
    const own = slot?.isFree ? 1 : 0
    try {
      this.#admission.ensureRoom(count - own, caller, slot?.caller === caller ? count - own : count)
    } catch (error) {
      this.#metrics.refuse(count)
      throw error
    }
  }

  /**
   * Queues one item that is answered in pieces. It has a lane to itself from its first piece to its last;
   * the deadline is for the first, and none may take longer than a batch. Leaving the loop ends it.
   *
   * @throws {HttpError} as {@link submit}
   */
  async *stream(item: I, options: SlottedOptions = {}): AsyncGenerator<O, void, undefined> {
    const gone = new AbortController()
    const { job, runtime, lane } = await this.#hold(item, options, gone)
    const { name, batch } = this.#options
    const limitMs = batch.timeoutMs ?? batchDefaults.timeoutMs
    const onStall = () => {
      gone.abort(new ModelError('batch_timeout', `The model '${name}' was silent in a stream for ${limitMs} ms`))
      lane.restart()
    }
    let pieces: AsyncIterable<O> | undefined
    try {
      if (!runtime.stream) throw new ModelError('model_failed', `The model '${name}' has no stream`)
      const made = runtime.stream(lane.index, item, gone.signal)
      pieces = limitStream(made, { signal: gone.signal, limitMs, onStall, onOver: lane.release })
      for await (const piece of pieces) {
        job.lift()
        yield piece
      }
      job.settle({ ending: 'done', value: undefined as O })
    } catch (error) {
      job.settle({ ending: 'failed', error })
      throw error
    } finally {
      const ranMs = performance.now() - job.startedAt
      this.#metrics.runTime.add(ranMs)
      this.#admission.learn(1, ranMs, this.#lanes?.count ?? 1)
      // Whoever reads it has stopped, where it has not ended.
      job.settle({ ending: 'cancelled', error: undefined })
      if (!pieces) lane.release()
    }
  }

  /** Waits for a lane. @param gone aborted when the item is given up, then or later */
  #hold(item: I, options: SlottedOptions, gone: AbortController): Promise<Parameters<OnLane<I, O>>[0]> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown) => {
        reject(error)
        gone.abort(error)
      }
      this.#enqueue(item, options, () => undefined, giveUp, resolve)
    })
  }

  #enqueue(
    item: I,
    options: SlottedOptions,
    resolve: (value: O) => void,
    reject: (error: unknown) => void,
    onLane?: OnLane<I, O>,
  ): QueuedItem<I, O> | undefined {
    this.#metrics.received++
    try {
      const job = this.#admit(item, options, resolve, reject, onLane)
      this.#queue.push(job)
      this.#plan()
      return job
    } catch (error) {
      if (options.signal?.aborted) this.#metrics.cancelled++
      else this.#metrics.rejected++
      reject(error)
      return undefined
    }
  }

  /** Fails everything that waits, and takes up nothing until {@link switchTo}. */
  stop(error: Error): void {
    this.#lanes = undefined
    this.fail(error)
  }

  /** Fails everything that waits. */
  fail(error: Error): void {
    clearTimeout(this.#delay)
    this.#delay = undefined
    for (const job of this.#queue.drain()) job.settle({ ending: 'failed', error })
  }

  #goDown(lanes: Lanes<I, O>, cause: Error): void {
    if (lanes !== this.#lanes) return
    this.#down = new ModelUnavailableError(this.#options.name, 'has failed too often and is not served for now', cause)
    this.fail(this.#down)
  }

  #admit(
    item: I,
    options: SlottedOptions,
    resolve: (value: O) => void,
    reject: (error: unknown) => void,
    onLane: OnLane<I, O> | undefined,
  ): QueuedItem<I, O> {
    const { name, batch, queue, idempotent, log } = this.#options
    const { signal, priority = 0, caller = '', deadlineMs = queue.deadlineMs ?? queueDefaults.deadlineMs } = options
    if (this.#down) throw this.#down
    signal?.throwIfAborted()
    // The queue compares it: what cannot be compared would never be taken out again.
    if (!Number.isFinite(priority)) throw new RangeError(`A priority is a finite number, not ${priority}`)
    if (Number.isNaN(deadlineMs)) throw new RangeError('A deadline is a number of milliseconds, not NaN')
    const cost = batch.cost?.(item) ?? 1
    if (Number.isNaN(cost)) throw new RangeError(`The cost of an item of the model '${name}' is NaN`)
    if (cost > this.#limits.maxCost) throw new ItemTooLargeError(name, cost, this.#limits.maxCost)
    this.#refuseHopeless(deadlineMs)
    const place = options.slot?.take(caller) ?? this.#admission.reserve(caller)
    return new QueuedItem<I, O>(
      {
        item,
        cost,
        priority,
        caller,
        deadlineMs,
        retries: idempotent ? 1 : 0,
        signal,
        onTiming: options.onTiming,
        onLane,
      },
      {
        onDone: resolve,
        onFailed: reject,
        onSettled: (ending) => {
          this.#metrics[ending]++
          place.release()
        },
        onTimingFailed: (error) => log.warn('onTiming threw', { model: name, error }),
        onExpired: () => new DeadlineError(name, `did not answer within ${deadlineMs} ms`),
        onLeft: (job) => this.#queue.remove(job),
      },
    )
  }

  /** @throws {QueueFullError} when, by the times learned, the result would come after the deadline */
  #refuseHopeless(deadlineMs: number): void {
    if (!this.#options.adaptive || !this.#lanes) return
    // Who need not wait goes in any case: else, after some slow batches, nobody would show that it is fast again.
    if (this.#queue.size === 0 && this.#lanes.free() !== undefined) return
    const size = this.#batchSize()
    const batchMs = this.#times.predict(Math.min(this.#queue.size + 1, size))
    if (batchMs === undefined || performance.now() - this.#times.learnedAt > staleMs) return
    const batches = Math.ceil((this.#admission.count + 1) / size)
    const finishMs = Math.ceil(batches / this.#lanes.count) * batchMs
    if (finishMs > deadlineMs) throw new QueueFullError(this.#options.name, finishMs - deadlineMs)
  }

  #batchSize(): number {
    const { adaptive } = this.#options
    const maxSize = Math.min(this.#limits.maxSize, this.#lanes?.runtime.maxBatchSize ?? this.#limits.maxSize)
    return adaptive ? this.#times.largestWithin(adaptive.targetMs, maxSize) : maxSize
  }

  /** Looks at the queue once this turn of the event loop is over, so that items queued together go together. */
  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    queueMicrotask(() => {
      this.#isPlanned = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    const lanes = this.#lanes
    const { maxDelayMs = batchDefaults.maxDelayMs } = this.#options.batch
    while (lanes && this.#queue.size > 0) {
      const lane = lanes.free()
      if (lane === undefined) return
      const now = performance.now()
      const waitMs = maxDelayMs - (now - this.#queue.oldestQueuedAt())
      if (waitMs > 0 && !this.#isFull()) {
        this.#delay ??= after(waitMs, () => {
          this.#delay = undefined
          this.#dispatch()
        })
        return
      }
      const limits = { ...this.#limits, maxSize: this.#batchSize() }
      const batchMs = this.#times.predict(Math.min(this.#queue.size, limits.maxSize)) ?? 0
      const { size } = this.#queue
      const batch = formBatch(this.#queue, limits, { now, endsAt: now + batchMs }, (job) => this.#drop(job))
      if (this.#queue.size === size) return
      for (const job of batch) {
        job.lanes = lanes
        job.startedAt = now
        this.#metrics.queueTime.add(now - job.queuedAt)
      }
      const [first] = batch
      if (first?.onLane) first.onLane({ job: first, runtime: lanes.runtime, lane: lanes.hold(lane, first) })
      else if (first) void this.#run(lanes, lane, batch, now)
    }
  }

  /** Whether nothing that comes could go with what waits: it is enough by number or cost, or holds its lane. */
  #isFull(): boolean {
    const { maxCost, padded } = this.#limits
    const { size } = this.#queue
    if (size >= this.#batchSize()) return true
    let sum = 0
    let longest = 0
    for (const job of this.#queue.jobs()) {
      if (job.holds) return true
      sum += job.cost
      longest = Math.max(longest, job.cost)
    }
    return (padded ? longest * size : sum) >= maxCost
  }

  /** The deadline of a job has passed while it waited, or will before it can be done. */
  #drop(job: QueuedItem<I, O>): void {
    if (job.isSettled) return
    job.settle({ ending: 'expired', error: new DeadlineError(this.#options.name, 'could not be done in time') })
  }

  async #run(lanes: Lanes<I, O>, lane: number, batch: QueuedItem<I, O>[], startedAt: number): Promise<void> {
    const metrics = this.#metrics
    metrics.batches++
    metrics.batchedItems += batch.length
    const outcome = await lanes.run(lane, batch, this.#options.batch.timeoutMs ?? batchDefaults.timeoutMs)
    const now = performance.now()
    metrics.runTime.add(now - startedAt)
    this.#admission.learn(batch.length, now - startedAt, lanes.count)
    if ('results' in outcome) {
      this.#times.learn(batch.length, now - startedAt)
      this.#settle(batch, outcome.results)
    } else this.#failBatch(batch, outcome.error)
  }

  #settle(batch: readonly QueuedItem<I, O>[], results: Results<O>): void {
    if (!Array.isArray(results) || results.length !== batch.length) {
      const count = Array.isArray(results) ? `${results.length} results` : 'no list of results'
      const message = `The model '${this.#options.name}' gave ${count} for a batch of ${batch.length}`
      return this.#failBatch(batch, new ModelError('wrong_result_count', message))
    }
    for (const [index, job] of batch.entries()) {
      const result = results[index] as O | Error
      if (result instanceof Error) job.settle({ ending: 'failed', error: result })
      else job.settle({ ending: 'done', value: result })
    }
  }

  #failBatch(batch: readonly QueuedItem<I, O>[], error: Error): void {
    const isLost = error instanceof ModelError && error.code === 'worker_lost'
    for (const job of batch) {
      if (job.isSettled) continue
      // Without lanes the model has been closed, or given up, meanwhile.
      if (isLost && job.retriesLeft > 0 && this.#lanes && !this.#down) {
        job.retriesLeft--
        job.lanes = undefined
        this.#queue.pushBack(job)
      } else job.settle({ ending: 'failed', error })
    }
    this.#plan()
  }
}
