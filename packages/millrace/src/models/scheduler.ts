import { Admission, type Place } from './admission.ts'
import { BatchRun } from './batchRun.ts'
import { queueDefaults } from './defaults.ts'
import { DeadlineError, ModelUnavailableError } from './errors.ts'
import { Forecast } from './forecast.ts'
import { heldStream } from './heldStream.ts'
import { Intake } from './intake.ts'
import { LaneFeeder } from './laneFeeder.ts'
import { Lanes } from './lanes.ts'
import { Metrics, type ModelMetrics, type ModelTotals } from './metrics.ts'
import type { SchedulerOptions, SlottedOptions } from './options.ts'
import type { OnLane, QueuedItem } from './queuedItem.ts'
import type { Runtime } from './runtime.ts'

/** Brings items to lanes, and results to who waits for them: one of each model, for as long as the model lives. */
export class Scheduler<I, O> {
  readonly #options: SchedulerOptions<I>
  readonly #admission: Admission
  readonly #metrics = new Metrics()
  readonly #feeder: LaneFeeder<I, O>
  readonly #intake: Intake<I, O>

  constructor(options: SchedulerOptions<I>) {
    const { name, batch, queue, adaptive } = options
    const maxSize = queue.maxSize ?? queueDefaults.maxSize
    const metrics = this.#metrics
    const admission = new Admission(name, { maxSize, maxPerCaller: queue.maxPerCaller ?? maxSize })
    const forecast = new Forecast(adaptive?.targetMs)
    const batches = new BatchRun<I, O>(options, { admission, forecast, metrics, retry: (job) => this.#retry(job) })
    const feeder = new LaneFeeder<I, O>(batch, forecast, {
      onLate: (job) => job.settle({ ending: 'expired', error: new DeadlineError(name, 'could not be done in time') }),
      onStart: (job) => metrics.queueTime.add(job.startedAt - job.queuedAt),
      onBatch: (lanes, lane, jobs) => void batches.run(lanes, lane, jobs),
    })
    this.#options = options
    this.#admission = admission
    this.#feeder = feeder
    this.#intake = new Intake<I, O>(options, { admission, feeder, forecast, metrics })
  }

  /** Sends further batches to these lanes; those before finish what they have. */
  use(runtime: Runtime<I, O>): Lanes<I, O> {
    const { name, log } = this.#options
    let lastLost: Error | undefined
    const lanes: Lanes<I, O> = new Lanes(runtime, {
      onFree: () => this.#feeder.plan(),
      onLost: (error, items) => {
        // One worker may have several lanes.
        if (error !== lastLost) log.warn('A worker of a model was lost', { model: name, items, error })
        lastLost = error
      },
      onRestart: () => {
        this.#metrics.restarts++
      },
      onDown: (error) => this.#goDown(lanes, error),
      onUp: () => {
        if (lanes === this.#feeder.lanes) this.#goUp()
      },
    })
    return lanes
  }

  /** Makes lanes the current ones. */
  switchTo(lanes: Lanes<I, O>): void {
    this.#goUp()
    this.#feeder.lanes = lanes
  }

  metrics(): ModelMetrics {
    return this.#metrics.snapshot(this.#feeder.size, this.#admission.count)
  }

  totals(): ModelTotals {
    return this.#metrics.totals()
  }

  /** Items queued and running, and slots reserved for requests that have not asked yet. */
  get reserved(): number {
    return this.#admission.count
  }

  /** Whether the runtime has given up. */
  get isDown(): boolean {
    return this.#intake.down !== undefined
  }

  /**
   * Reserves a place for a request, before any work is done for it.
   *
   * @param caller whose it is, where that is known already
   * @throws {QueueFullError} {@link CallerLimitError} {@link ModelUnavailableError}
   */
  reserve(caller: string | undefined): Place {
    return this.#intake.reserve(caller)
  }

  /**
   * Sees to it that so many items can be queued in this turn of the event loop, by the slot of their request and
   * others: all of them, or none.
   *
   * @throws {QueueFullError} {@link CallerLimitError}
   */
  ensureRoom(count: number, options: SlottedOptions): void {
    this.#intake.ensureRoom(count, options)
  }

  /**
   * Queues one item.
   *
   * @throws {HttpError} what of `models/errors.ts` applies
   */
  submit(item: I, options: SlottedOptions = {}): Promise<O> {
    return new Promise((resolve, reject) => this.#intake.take(item, options, { onDone: resolve, onFailed: reject }))
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
      jobs.push(this.#intake.take(item, options, { onDone: resolve, onFailed: reject }))
      return promise
    })
    return Promise.all(results).catch((error) => {
      // Nobody will see the other results.
      for (const job of jobs) job?.leave('cancelled', error)
      throw error
    })
  }

  /**
   * Queues one item that is answered in pieces. The deadline is for the first, and none may take longer than a batch.
   * Leaving the loop ends it.
   *
   * @throws {HttpError} as {@link submit}
   */
  async *stream(item: I, options: SlottedOptions = {}): AsyncGenerator<O, void, undefined> {
    const gone = new AbortController()
    const held = await this.#hold(item, options, gone)
    yield* heldStream(held, gone, this.#options, { admission: this.#admission, metrics: this.#metrics })
  }

  /** Fails everything that waits, and takes up nothing until {@link switchTo}. */
  stop(error: Error): void {
    this.#feeder.lanes = undefined
    this.fail(error)
  }

  /** Fails everything that waits. */
  fail(error: Error): void {
    this.#feeder.fail(error)
  }

  /** Waits for a lane. @param gone aborted when the item is given up, then or later */
  #hold(item: I, options: SlottedOptions, gone: AbortController): Promise<Parameters<OnLane<I, O>>[0]> {
    return new Promise((resolve, reject) => {
      const onFailed = (error: unknown) => {
        reject(error)
        gone.abort(error)
      }
      this.#intake.take(item, options, { onDone: () => undefined, onFailed, onLane: resolve })
    })
  }

  #retry(job: QueuedItem<I, O>): boolean {
    // Without lanes the model has been closed, or given up, meanwhile.
    if (!this.#feeder.lanes || this.isDown) return false
    job.retriesLeft--
    job.lanes = undefined
    this.#feeder.addAgain(job)
    return true
  }

  #goUp(): void {
    const { name, log } = this.#options
    if (this.isDown) log.info('A model is up again', { model: name, restarts: this.#metrics.restarts })
    this.#intake.down = undefined
  }

  #goDown(lanes: Lanes<I, O>, cause: Error): void {
    if (lanes !== this.#feeder.lanes) return
    const { name, log } = this.#options
    if (this.isDown) return
    log.error('A model is down', { model: name, restarts: this.#metrics.restarts, error: cause })
    const error = new ModelUnavailableError(name, 'has failed too often and is not served for now', cause)
    this.#intake.down = error
    this.fail(error)
  }
}
