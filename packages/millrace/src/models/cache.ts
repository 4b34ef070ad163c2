import { createRequire } from 'node:module'
import { copyOf } from './copyOf.ts'
import { DeadlineError, ModelUnavailableError } from './errors.ts'
import { itemKey } from './itemKey.ts'
import type { Timing } from './options.ts'
import { after } from './timer.ts'

/** Keeps results, and lets calls for one item that come at the same time share one run. */
export interface CacheOptions<I> {
  /** Results kept at most; the least recently used go first. */
  readonly maxItems: number
  /** How long a result may be used, in milliseconds. Default: as long as there is room. */
  readonly ttlMs?: number
  /** What tells items apart. Default: their values, also those of maps, sets, dates, bytes and tensors. */
  readonly key?: (item: I) => string
}

/** The part of `lru-cache` that is used. */
export interface ResultStore<O> {
  get(key: string): { readonly value: O } | undefined
  set(key: string, result: { readonly value: O }): unknown
}

/** A run that several callers wait for. */
interface Flight<O> {
  readonly result: Promise<O>
  readonly controller: AbortController
  waiting: number
  timing: Timing | undefined
}

/** Who waits for a result, and for how long. */
export interface Waiter {
  readonly signal: AbortSignal | undefined
  readonly deadlineMs: number
  /** What is thrown when the deadline has passed. */
  readonly late: () => Error
  /** Told the times of the run that it waited for, or of none. */
  readonly onTiming: ((timing: Timing) => void) | undefined
}

/** How a run is to be done: for whom it waits, by when, and whom it tells its times. */
export interface RunTerms {
  readonly signal: AbortSignal
  readonly deadlineMs: number
  readonly onTiming: (timing: Timing) => void
}

/** Runs an item. */
export type Run<O> = (terms: RunTerms) => Promise<O>

const noTime: Timing = { queueMs: 0, runMs: 0 }

const require = createRequire(import.meta.url)

/** Opens the store. @throws {ModelUnavailableError} when the package `lru-cache` is not installed */
export function openStore<O>(name: string, { maxItems, ttlMs }: CacheOptions<never>): ResultStore<O> {
  const { LRUCache } = lruCache(name)
  return new LRUCache<string, { value: O }>({
    max: maxItems,
    // It takes whole milliseconds, and no infinity.
    ...(Number.isFinite(ttlMs) ? { ttl: Math.ceil(ttlMs as number) } : {}),
  })
}

function lruCache(name: string): typeof import('lru-cache') {
  try {
    // Not imported: it is optional, and a model is made without waiting.
    return require('lru-cache')
  } catch (error) {
    throw new ModelUnavailableError(name, "has a cache, for which the package 'lru-cache' has to be installed", error)
  }
}

/** Results by item. */
export class ResultCache<I, O> {
  readonly #store: ResultStore<O>
  readonly #key: (item: I) => string
  readonly #flights = new Map<string, Flight<O>>()
  hits = 0

  constructor(store: ResultStore<O>, key: (item: I) => string = itemKey) {
    this.#store = store
    this.#key = key
  }

  /** How many of the items are neither kept nor on their way, each counted once. */
  countMissing(items: readonly I[]): number {
    const missing = new Set(items.map((item) => this.#keyOf(item)))
    for (const key of missing) if (this.#flights.has(key) || this.#store.get(key)) missing.delete(key)
    return missing.size
  }

  /**
   * The result of an item: a kept one, that of a run on its way, or that of a new run. A run goes on while
   * anyone waits for it; when the last caller leaves, its signal is aborted. Failures are not kept. Every caller
   * has a copy of its own, so that none can change what the others get.
   */
  async get(item: I, waiter: Waiter, run: Run<O>): Promise<O> {
    const key = this.#keyOf(item)
    const endsAt = performance.now() + waiter.deadlineMs
    for (;;) {
      const kept = this.#store.get(key)
      const known = this.#flights.get(key)
      if (kept || known) this.hits++
      if (kept) {
        waiter.onTiming?.(noTime)
        return copyOf(kept.value)
      }
      const leftMs = endsAt - performance.now()
      if (leftMs <= 0) throw waiter.late()
      try {
        return copyOf(await this.#wait(known ?? this.#fly(key, run, leftMs), waiter, leftMs))
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error
        // The run had the deadline of whoever began it, and what was left of it. Who has more time begins another.
        if (!known || performance.now() >= endsAt) throw waiter.late()
      }
    }
  }

  /** Two items without a key would be taken for one. @throws {TypeError} */
  #keyOf(item: I): string {
    const key: unknown = this.#key(item)
    if (typeof key !== 'string') throw new TypeError(`The key of a cache must give a string, not ${typeof key}`)
    return key
  }

  #fly(key: string, run: Run<O>, deadlineMs: number): Flight<O> {
    const controller = new AbortController()
    const onTiming = (timing: Timing) => {
      flight.timing = timing
    }
    const result = run({ signal: controller.signal, deadlineMs, onTiming })
    const flight: Flight<O> = { result, controller, waiting: 0, timing: undefined }
    this.#flights.set(key, flight)
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    result.then((value) => {
      land()
      this.#store.set(key, { value })
    }, land)
    controller.signal.addEventListener('abort', land, { once: true })
    return flight
  }

  #wait(flight: Flight<O>, { signal, late, onTiming }: Waiter, leftMs: number): Promise<O> {
    flight.waiting++
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown) => {
        settle()
        reject(reason)
        flight.waiting--
        if (flight.waiting === 0) flight.controller.abort(reason)
      }
      const onAbort = () => leave(signal?.reason)
      const timer = after(leftMs, () => leave(late()))
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      if (signal?.aborted) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      const tell = () => flight.timing && onTiming?.(flight.timing)
      flight.result.finally(tell).then(resolve, reject).finally(settle)
    })
  }
}
