/** How an item ended, and with what. */
export type JobOutcome<O> =
  | { readonly ending: 'done'; readonly value: O }
  | { readonly ending: 'failed' | 'expired' | 'cancelled'; readonly error: unknown }

/** One item that waits for a model, or is with it. */
export interface Job<I = unknown, O = unknown> {
  readonly item: I
  /** What it takes of a batch's budget. */
  readonly cost: number
  /** Higher goes first. */
  readonly priority: number
  /** Who asked; callers take turns. */
  readonly caller: string
  /** `performance.now()` when it was queued. */
  readonly queuedAt: number
  /** `performance.now()` by which the result is wanted. */
  readonly deadline: number
  /** When the batch with it was sent off. */
  startedAt: number
  /** Keeps its lane to itself until it says so: a stream. */
  readonly holds: boolean
  /** Has its result, or the caller has gone. */
  isSettled: boolean
  /** Tells the caller; releases the slot. Only the first call counts. */
  settle(outcome: JobOutcome<O>): void
  /** Gives it up, wherever it is. */
  leave(ending: 'failed' | 'expired' | 'cancelled', error: unknown): void
}
