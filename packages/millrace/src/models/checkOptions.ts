import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import type { Schema } from '../plan/schema.ts'
import type { BatchOptions } from './batchPolicy.ts'
import type { CacheOptions } from './cache.ts'
import type { ModelOptions } from './modelOptions.ts'
import { numberChecks } from './numberChecks.ts'
import type { QueueOptions } from './options.ts'

const keys: KnownKeys<ModelOptions<Schema, Schema>> = {
  name: true,
  input: true,
  output: true,
  runtime: true,
  versions: true,
  batch: true,
  queue: true,
  adaptive: true,
  cache: true,
  idempotent: true,
  load: true,
  idleMs: true,
  caller: true,
  isDocumented: true,
  log: true,
}
const batchKeys: KnownKeys<BatchOptions<never>> = {
  maxSize: true,
  maxDelayMs: true,
  maxCost: true,
  cost: true,
  padded: true,
  timeoutMs: true,
}
const queueKeys: KnownKeys<QueueOptions> = { maxSize: true, maxPerCaller: true, deadlineMs: true, stallTimeoutMs: true }
const adaptiveKeys: KnownKeys<{ targetMs: number }> = { targetMs: true }
const cacheKeys: KnownKeys<CacheOptions<never>> = { maxItems: true, ttlMs: true, key: true }

/** @throws {StartupError} `invalid_option` for a key that models do not have */
export function refuseOtherOptions(options: ModelOptions<Schema, Schema>): void {
  const owner = `the model '${options.name}'`
  refuseUnknownOptions(options, keys, owner)
  if (options.batch) refuseUnknownOptions<BatchOptions<never>>(options.batch, batchKeys, `batch of ${owner}`)
  if (options.queue) refuseUnknownOptions(options.queue, queueKeys, `queue of ${owner}`)
  if (options.adaptive) refuseUnknownOptions(options.adaptive, adaptiveKeys, `adaptive of ${owner}`)
  if (options.cache) refuseUnknownOptions<CacheOptions<never>>(options.cache, cacheKeys, `cache of ${owner}`)
}

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
