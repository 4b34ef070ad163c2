import type { BatchOptions } from './batchPolicy.ts'
import type { CacheOptions } from './cache.ts'
import { numberChecks } from './numberChecks.ts'
import type { QueueOptions } from './options.ts'

/** The options of a model that are numbers. */
export interface NumberOptions {
  readonly name: string
  readonly batch?: BatchOptions<never>
  readonly queue?: QueueOptions
  readonly adaptive?: { readonly targetMs: number }
  readonly cache?: CacheOptions<never>
  readonly idleMs?: number
}

/** Refuses numbers that would only show later, as a model that hangs. @throws {RangeError} */
export function checkOptions({ name, batch, queue, adaptive, cache, idleMs }: NumberOptions): void {
  const { count, limit, positive, notNegative } = numberChecks(`the model '${name}'`)
  limit('batch.maxSize', batch?.maxSize)
  notNegative('batch.maxDelayMs', batch?.maxDelayMs)
  positive('batch.maxCost', batch?.maxCost)
  positive('batch.timeoutMs', batch?.timeoutMs)
  limit('queue.maxSize', queue?.maxSize)
  limit('queue.maxPerCaller', queue?.maxPerCaller)
  positive('queue.deadlineMs', queue?.deadlineMs)
  positive('queue.stallTimeoutMs', queue?.stallTimeoutMs)
  positive('adaptive.targetMs', adaptive?.targetMs)
  count('cache.maxItems', cache?.maxItems)
  positive('cache.ttlMs', cache?.ttlMs)
  notNegative('idleMs', idleMs)
}
