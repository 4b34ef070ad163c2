import type { Job, JobOutcome } from './job.ts'
import type { HeldLane, Lanes } from './lanes.ts'
import type { Timing } from './options.ts'
import type { Runtime } from './runtime.ts'
import { after } from './timer.ts'

/** What is to be run, for whom, and by when. */
export interface QueuedItemParts<I, O> {
  readonly item: I
  readonly cost: number
  readonly priority: number
  readonly caller: string
  readonly deadlineMs: number
  /** How often it may be run once more after its lane was lost. */
  readonly retries: number
  readonly signal: AbortSignal | undefined
  /** Called instead of running a batch, for an item that holds its lane. */
  readonly onLane: OnLane<I, O> | undefined
}

/** Told that an item has a lane of its own. */
export type OnLane<I, O> = (held: {
  readonly job: QueuedItem<I, O>
  readonly runtime: Runtime<I, O>
  readonly lane: HeldLane
}) => void

/** What an item tells of its way; of `onDone` and `onFailed` one is called, once. */
export interface QueuedItemEvents<I, O> {
  onDone(value: O): void
  onFailed(error: unknown): void
  /** It is over: its slot is free. */
  onSettled(ending: JobOutcome<O>['ending']): void
  /** It is over, or its answer has begun: where the time went until then. */
  onTimed(timing: Timing): void
  /** Its deadline has passed. Returns what its caller is told. */
  onExpired(): Error
  /** Its caller is gone; it may still wait in the queue. */
  onLeft(job: QueuedItem<I, O>): void
}

/** One item from its admission to its end. Its deadline and its signal are watched from the start. */
export class QueuedItem<I, O> implements Job<I, O> {
  readonly item: I
  readonly cost: number
  readonly priority: number
  readonly caller: string
  readonly queuedAt: number
  readonly deadline: number
  readonly holds: boolean
  readonly onLane: OnLane<I, O> | undefined
  startedAt = 0
  isSettled = false
  #isLifted = false
  retriesLeft: number
  /** Where it runs, once it does. */
  lanes: Lanes<I, O> | undefined = undefined
  readonly #signal: AbortSignal | undefined
  readonly #events: QueuedItemEvents<I, O>
  readonly #timer: NodeJS.Timeout | undefined

  constructor(parts: QueuedItemParts<I, O>, events: QueuedItemEvents<I, O>) {
    this.item = parts.item
    this.cost = parts.cost
    this.priority = parts.priority
    this.caller = parts.caller
    this.queuedAt = performance.now()
    this.deadline = this.queuedAt + parts.deadlineMs
    this.holds = parts.onLane !== undefined
    this.onLane = parts.onLane
    this.retriesLeft = parts.retries
    this.#signal = parts.signal
    this.#events = events
    this.#timer = after(parts.deadlineMs, () => this.#expire())
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  settle(outcome: JobOutcome<O>): void {
    if (this.isSettled) return
    this.isSettled = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#events.onSettled(outcome.ending)
    // Before the caller is told, which reads the times as soon as it goes on.
    this.#tellTiming()
    if (outcome.ending === 'done') this.#events.onDone(outcome.value)
    else this.#events.onFailed(outcome.error)
  }

  /** Gives it up, wherever it is. */
  leave(ending: 'failed' | 'expired' | 'cancelled', error: unknown): void {
    if (this.isSettled) return
    this.#events.onLeft(this)
    this.settle({ ending, error })
    this.lanes?.onJobGone(this)
  }

  /** Lets it take as long as it likes from now on: its answer has begun, and says how long that took. */
  lift(): void {
    if (this.#isLifted) return
    this.#isLifted = true
    clearTimeout(this.#timer)
    this.#tellTiming()
  }

  #tellTiming(): void {
    if (this.startedAt === 0) return
    this.#events.onTimed({ queueMs: this.startedAt - this.queuedAt, runMs: performance.now() - this.startedAt })
  }

  readonly #onAbort = (): void => {
    this.leave('cancelled', this.#signal?.reason)
  }

  #expire(): void {
    if (!this.isSettled) this.leave('expired', this.#events.onExpired())
  }
}
