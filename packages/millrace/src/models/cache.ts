import { createRequire } from 'node:module'
import { ModelUnavailableError } from './errors.ts'
import { itemKey } from './itemKey.ts'

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

  /**
   * The result of an item: a kept one, that of a run on its way, or that of a new run. A run goes on while
   * anyone waits for it; when the last caller leaves, its signal is aborted. Failures are not kept.
   */
  get(item: I, signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<O>): Promise<O> {
    const key = this.#key(item)
    const kept = this.#store.get(key)
    if (kept) {
      this.hits++
      return Promise.resolve(kept.value)
    }
    const known = this.#flights.get(key)
    if (known) this.hits++
    return this.#wait(known ?? this.#fly(key, run), signal)
  }

  #fly(key: string, run: (signal: AbortSignal) => Promise<O>): Flight<O> {
    const controller = new AbortController()
    const result = run(controller.signal)
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

  #wait(flight: Flight<O>, signal: AbortSignal | undefined): Promise<O> {
    flight.waiting++
    if (!signal) return flight.result
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(signal.reason)
        flight.waiting--
        if (flight.waiting === 0) flight.controller.abort(signal.reason)
      }
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      flight.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    })
  }
}
