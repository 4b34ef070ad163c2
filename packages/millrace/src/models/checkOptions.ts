import type { BatchOptions } from './batchPolicy.ts'
import type { CacheOptions } from './cache.ts'
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
  const refuse = (option: string, expected: string, value: unknown): never => {
    throw new RangeError(`${option} of the model '${name}' must be ${expected}, not ${value}`)
  }
  const count = (option: string, value: number | undefined) => {
    if (value === undefined || value === Number.POSITIVE_INFINITY) return
    if (!Number.isInteger(value) || value < 1) refuse(option, 'a whole number from 1', value)
  }
  const positive = (option: string, value: number | undefined) => {
    if (value !== undefined && !(value > 0)) refuse(option, 'more than 0', value)
  }
  const notNegative = (option: string, value: number | undefined) => {
    if (value !== undefined && !(value >= 0)) refuse(option, '0 or more', value)
  }
  count('batch.maxSize', batch?.maxSize)
  notNegative('batch.maxDelayMs', batch?.maxDelayMs)
  positive('batch.maxCost', batch?.maxCost)
  positive('batch.timeoutMs', batch?.timeoutMs)
  count('queue.maxSize', queue?.maxSize)
  count('queue.maxPerCaller', queue?.maxPerCaller)
  positive('queue.deadlineMs', queue?.deadlineMs)
  positive('adaptive.targetMs', adaptive?.targetMs)
  count('cache.maxItems', cache?.maxItems)
  if (cache?.maxItems === Number.POSITIVE_INFINITY) refuse('cache.maxItems', 'a whole number from 1', cache.maxItems)
  positive('cache.ttlMs', cache?.ttlMs)
  notNegative('idleMs', idleMs)
}
