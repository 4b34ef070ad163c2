import type { Logger } from '../input/log.ts'
import { type CacheOptions, openStore, ResultCache } from './cache.ts'
import { queueDefaults } from './defaults.ts'
import { DeadlineError } from './errors.ts'
import type { QueueOptions, SlottedOptions, Timing } from './options.ts'
import type { Scheduler } from './scheduler.ts'
import { tellTiming } from './tellTiming.ts'

/** What is known of a model whose results are kept. */
export interface CachedRunsOptions {
  readonly name: string
  readonly cache: CacheOptions<never>
  readonly queue?: QueueOptions
  readonly log: Logger
}

/** Runs items whose results the cache does not know. */
export class CachedRuns<I, O> {
  readonly #options: CachedRunsOptions
  readonly #scheduler: Scheduler<I, O>
  #cache: ResultCache<I, O>
  /** Of the caches before. */
  #pastHits = 0

  /** @throws {ModelUnavailableError} when the package `lru-cache` is not installed */
  constructor(options: CachedRunsOptions, scheduler: Scheduler<I, O>) {
    this.#options = options
    this.#scheduler = scheduler
    this.#cache = this.#open()
  }

  /** Calls that were answered without a run of their own. */
  get hits(): number {
    return this.#pastHits + this.#cache.hits
  }

  /** Begins with an empty cache, as the results of another version may differ. */
  renew(): void {
    this.#pastHits += this.#cache.hits
    this.#cache = this.#open()
  }

  run(item: I, options: SlottedOptions): Promise<O> {
    return this.#runIn(this.#cache, item, options)
  }

  /** All or none are taken on, and with the first failure nobody waits for the others. */
  async runMany(items: readonly I[], options: SlottedOptions): Promise<O[]> {
    const cache = this.#cache
    this.#scheduler.ensureRoom(cache.countMissing(items), options)
    const gone = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, gone.signal]) : gone.signal
    try {
      return await Promise.all(items.map((item) => this.#runIn(cache, item, { ...options, signal })))
    } catch (error) {
      gone.abort(error)
      throw error
    }
  }

  #runIn(cache: ResultCache<I, O>, item: I, options: SlottedOptions): Promise<O> {
    const { name, queue } = this.#options
    const { signal, deadlineMs = queue?.deadlineMs ?? queueDefaults.deadlineMs } = options
    const late = () => DeadlineError.of(name, deadlineMs)
    const onTiming = (timing: Timing) => tellTiming(options.onTiming, timing, this.#options)
    return cache.get(item, { signal, deadlineMs, late, onTiming }, (terms) =>
      this.#scheduler.submit(item, { ...options, ...terms }),
    )
  }

  #open(): ResultCache<I, O> {
    const { name, cache } = this.#options
    return new ResultCache(openStore<O>(name, cache), cache.key as ((item: I) => string) | undefined)
  }
}
