import type { Logger } from '../input/log.ts'
import type { Slot } from './admission.ts'
import type { BatchOptions } from './batchPolicy.ts'

/** How much a model takes on, and for how long. */
export interface QueueOptions {
  /** Items queued and running together; more are refused with 503. Default 512. */
  readonly maxSize?: number
  /** Of one caller; more are refused with 429. Default: `maxSize`. */
  readonly maxPerCaller?: number
  /** For a result, in milliseconds; later is answered with 504. Default 10,000. */
  readonly deadlineMs?: number
  /**
   * For the reader of a stream to take the next piece, in milliseconds: else it is ended, and its lane given to
   * others. Default 30,000.
   */
  readonly stallTimeoutMs?: number
}

/** How one item is to be run. */
export interface RunOptions {
  /** Gives up when aborted: a queued item never runs, and a running one is let go. */
  readonly signal?: AbortSignal
  /** Higher goes first. Default 0. */
  readonly priority?: number
  /** For the result, in milliseconds. Default: the queue's. */
  readonly deadlineMs?: number
  /** Who asks, such as a user's id: callers take turns, and each has a limit. */
  readonly caller?: string
  /** Told how long the item waited and ran, in milliseconds. */
  readonly onTiming?: (timing: Timing) => void
}

/** How one item of a request is to be run. */
export interface SlottedOptions extends RunOptions {
  /** Reserved for the request before its body was read. */
  readonly slot?: Slot
}

/** Where the time of one item went. */
export interface Timing {
  readonly queueMs: number
  readonly runMs: number
}

/** What a scheduler is made of. */
export interface SchedulerOptions<I> {
  readonly name: string
  readonly batch: BatchOptions<I>
  readonly queue: QueueOptions
  /** Batches are kept so small that they take about this long, and what cannot meet its deadline is refused. */
  readonly adaptive: { readonly targetMs: number } | undefined
  /** A batch whose lane was lost is run once more. */
  readonly idempotent: boolean
  readonly log: Logger
}
