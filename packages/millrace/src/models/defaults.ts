/** Of `batch`: a model that says nothing is batched without waiting. */
export const batchDefaults = { maxSize: 32, maxDelayMs: 0, timeoutMs: 60_000 } as const

/** Of `queue`. */
export const queueDefaults = { maxSize: 512, deadlineMs: 10_000, stallTimeoutMs: 30_000 } as const
