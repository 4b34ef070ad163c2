import type { Job } from './job.ts'
import type { JobQueue } from './queue.ts'

/** How batches are formed. */
export interface BatchOptions<I> {
  /** Items in one batch at most. Default 32. */
  readonly maxSize?: number
  /** How long the oldest item may wait for others while a lane is free, in milliseconds. Default 0: not at all. */
  readonly maxDelayMs?: number
  /** What an item takes of the budget, such as its tokens. Default 1. */
  readonly cost?: (item: I) => number
  /** The budget of one batch. Default: none. */
  readonly maxCost?: number
  /** Items are padded to the longest, so a batch costs longest × count. Default: the sum. */
  readonly padded?: boolean
  /** A batch that takes longer fails, and its lane is started anew, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number
}

/** What a batch may be at most, at this moment. */
export interface BatchLimits {
  readonly maxSize: number
  readonly maxCost: number
  readonly padded: boolean
}

/** When a batch begins, and when it should be done; both by `performance.now()`. */
export interface BatchSpan {
  readonly now: number
  readonly endsAt: number
}

/**
 * Takes from the queue what goes into the next batch: in the queue's order, up to size and budget. The first
 * item that no longer fits ends the batch; none is passed over, so that a large one cannot starve. One that
 * holds its lane goes alone.
 *
 * Under overload the oldest are nearly out of time, and a lane that took them would work for nobody. So those
 * that would be late make way for others; the last one goes whatever is expected of it, so that a wrong
 * expectation is put right.
 *
 * @param drop called for jobs whose deadline has passed, or would before the batch is done; they take no place
 */
export function formBatch<J extends Job>(
  queue: JobQueue<J>,
  limits: BatchLimits,
  { now, endsAt }: BatchSpan,
  drop: (job: J) => void,
): J[] {
  const batch: J[] = []
  let sum = 0
  let longest = 0
  while (batch.length < limits.maxSize) {
    const job = queue.peek(now)
    if (!job) break
    const isLast = batch.length === 0 && queue.size === 1
    if (job.isSettled || job.deadline <= (isLast || job.holds ? now : endsAt)) {
      queue.take(job, now)
      drop(job)
      continue
    }
    const nextLongest = Math.max(longest, job.cost)
    const cost = limits.padded ? nextLongest * (batch.length + 1) : sum + job.cost
    if (batch.length > 0 && (cost > limits.maxCost || job.holds)) break
    queue.take(job, now)
    batch.push(job)
    if (job.holds) break
    sum += job.cost
    longest = nextLongest
  }
  return batch
}
