import { createRequire } from 'node:module'
import { copyOf } from './copyOf.ts'
import { DeadlineError, ModelUnavailableError } from './errors.ts'
import { itemKey } from './itemKey.ts'
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
}

/** Who waits for a result, and for how long. */
export interface Waiter {
  readonly signal: AbortSignal | undefined
  readonly deadlineMs: number
  /** What is thrown when the deadline has passed. */
  readonly late: () => Error
}

/** Runs an item, which has to be done within `deadlineMs`. */
export type Run<O> = (signal: AbortSignal, deadlineMs: number) => Promise<O>

const require = createRequire(import.meta.url)

/** Opens the store. @throws {ModelUnavailableError} when the package `lru-cache` is not installed */
export function openStore<O>(name: string, options: CacheOptions<never>): ResultStore<O> {
  try {
    // Not imported: it is optional, and a model is made without waiting.
    const { LRUCache } = require('lru-cache') as typeof import('lru-cache')
    return new LRUCache<string, { value: O }>({
      max: options.maxItems,
      ...(options.ttlMs ? { ttl: options.ttlMs } : {}),
    })
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
    const missing = new Set(items.map((item) => this.#key(item)))
    for (const key of missing) if (this.#flights.has(key) || this.#store.get(key)) missing.delete(key)
    return missing.size
  }

  /**
   * The result of an item: a kept one, that of a run on its way, or that of a new run. A run goes on while
   * anyone waits for it; when the last caller leaves, its signal is aborted. Failures are not kept. Every caller
   * has a copy of its own, so that none can change what the others get.
   */
  async get(item: I, waiter: Waiter, run: Run<O>): Promise<O> {
    const key = this.#key(item)
    const endsAt = performance.now() + waiter.deadlineMs
    for (;;) {
      const kept = this.#store.get(key)
      const known = this.#flights.get(key)
      if (kept || known) this.hits++
      if (kept) return copyOf(kept.value)
      const leftMs = endsAt - performance.now()
      try {
        return copyOf(await this.#wait(known ?? this.#fly(key, run, leftMs), waiter, leftMs))
      } catch (error) {
        // The run had the deadline of whoever began it. Who has more time begins another.
        if (!known || !(error instanceof DeadlineError) || performance.now() >= endsAt) throw error
      }
    }
  }

  #fly(key: string, run: Run<O>, deadlineMs: number): Flight<O> {
    const controller = new AbortController()
    const result = run(controller.signal, deadlineMs)
    const flight: Flight<O> = { result, controller, waiting: 0 }
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

  #wait(flight: Flight<O>, { signal, late }: Waiter, leftMs: number): Promise<O> {
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
      flight.result.then(resolve, reject).finally(settle)
    })
  }
}
