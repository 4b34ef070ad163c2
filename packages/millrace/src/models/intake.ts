import { withoutFrames } from '../errors/withoutFrames.ts'
import type { Admission, Place } from './admission.ts'
import { queueDefaults } from './defaults.ts'
import {
  DeadlineError,
  ItemTooLargeError,
  type ModelUnavailableError,
  QueueFullError,
  TooManyItemsError,
} from './errors.ts'
import type { Forecast } from './forecast.ts'
import type { LaneFeeder } from './laneFeeder.ts'
import type { Metrics } from './metrics.ts'
import type { SchedulerOptions, SlottedOptions } from './options.ts'
import { type OnLane, QueuedItem } from './queuedItem.ts'
import { tellTiming } from './tellTiming.ts'

/** Who waits for an item: of the first two one is called, once. */
export interface Waiter<I, O> {
  onDone(value: O): void
  onFailed(error: unknown): void
  /** Called instead of running a batch: the item has a lane to itself. */
  readonly onLane?: OnLane<I, O>
}

/** What an intake works with. */
export interface IntakeParts<I, O> {
  readonly admission: Admission
  readonly feeder: LaneFeeder<I, O>
  readonly forecast: Forecast
  readonly metrics: Metrics
}

/** Takes items in, or refuses them: by what is asked of them, by what else is under way, and by the time there is. */
export class Intake<I, O> {
  readonly #options: SchedulerOptions<I>
  readonly #parts: IntakeParts<I, O>
  /** Why everything is refused, where it is. */
  down: ModelUnavailableError | undefined

  constructor(options: SchedulerOptions<I>, parts: IntakeParts<I, O>) {
    this.#options = options
    this.#parts = parts
  }

  /** @throws {QueueFullError} {@link CallerLimitError} {@link ModelUnavailableError} */
  reserve(caller: string | undefined): Place {
    const { admission, metrics } = this.#parts
    try {
      if (this.down) throw this.down
      return admission.reserve(caller)
    } catch (error) {
      metrics.refuse(1)
      throw error
    }
  }

  /** @throws {TooManyItemsError} {@link QueueFullError} {@link CallerLimitError} */
  ensureRoom(count: number, { caller = '', slot }: SlottedOptions): void {
    if (count === 0) return
    const { admission, metrics } = this.#parts
    const own = slot?.isFree ? 1 : 0
    try {
      if (count > admission.mostAtOnce) throw new TooManyItemsError(this.#options.name, count, admission.mostAtOnce)
      admission.ensureRoom(count - own, caller, slot?.caller === caller ? count - own : count)
    } catch (error) {
      metrics.refuse(count)
      throw error
    }
  }

  /** Queues one item. Where it is refused, its waiter is told, and nothing is returned. */
  take(item: I, options: SlottedOptions, waiter: Waiter<I, O>): QueuedItem<I, O> | undefined {
    const { feeder, metrics } = this.#parts
    metrics.received++
    try {
      const job = this.#admit(item, options, waiter)
      feeder.add(job)
      return job
    } catch (error) {
      if (options.signal?.aborted) metrics.cancelled++
      else metrics.rejected++
      waiter.onFailed(error)
      return undefined
    }
  }

  #admit(item: I, options: SlottedOptions, { onDone, onFailed, onLane }: Waiter<I, O>): QueuedItem<I, O> {
    const { name, batch, queue, idempotent } = this.#options
    const { admission, feeder, metrics } = this.#parts
    const { signal, priority = 0, caller = '', deadlineMs = queue.deadlineMs ?? queueDefaults.deadlineMs } = options
    if (this.down) throw this.down
    signal?.throwIfAborted()
    // The queue compares it: what cannot be compared would never be taken out again.
    if (!Number.isFinite(priority)) throw new RangeError(`A priority is a finite number, not ${priority}`)
    if (Number.isNaN(deadlineMs)) throw new RangeError('A deadline is a number of milliseconds, not NaN')
    const cost = batch.cost?.(item) ?? 1
    if (Number.isNaN(cost)) throw new RangeError(`The cost of an item of the model '${name}' is NaN`)
    if (cost > feeder.maxCost) throw new ItemTooLargeError(name, cost, feeder.maxCost)
    this.#refuseHopeless(deadlineMs)
    const place = options.slot?.take(caller) ?? admission.reserve(caller)
    const retries = idempotent ? 1 : 0
    return new QueuedItem<I, O>(
      { item, cost, priority, caller, deadlineMs, retries, signal, onLane },
      {
        onDone,
        onFailed,
        onSettled: (ending) => {
          metrics[ending]++
          place.release()
        },
        onTimed: (timing) => tellTiming(options.onTiming, timing, this.#options),
        onExpired: () => DeadlineError.of(name, deadlineMs),
        onLeft: (job) => feeder.remove(job),
      },
    )
  }

  /** @throws {QueueFullError} when, by the times learned, the result would come after the deadline */
  #refuseHopeless(deadlineMs: number): void {
    const { admission, feeder, forecast } = this.#parts
    const { lanes } = feeder
    if (!this.#options.adaptive || !lanes) return
    const lateByMs = forecast.lateByMs(deadlineMs, feeder.batchSize(), {
      queued: feeder.size,
      reserved: admission.count,
      lanes: lanes.count,
      hasFreeLane: lanes.free() !== undefined,
    })
    if (lateByMs > 0) throw withoutFrames(() => new QueueFullError(this.#options.name, lateByMs))
  }
}
