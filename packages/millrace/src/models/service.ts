import type { Logger } from '../input/log.ts'
import { Slot } from './admission.ts'
import type { BatchOptions } from './batchPolicy.ts'
import { type CacheOptions, openStore, ResultCache } from './cache.ts'
import { ModelUnavailableError } from './errors.ts'
import type { Lanes } from './lanes.ts'
import type { ModelStatus } from './model.ts'
import type { QueueOptions, SlottedOptions } from './options.ts'
import type { AnyRuntimeFactory, RuntimeFactory } from './runtime.ts'
import { Scheduler } from './scheduler.ts'

/** Where a model stands. */
export type ModelState = 'unloaded' | 'loading' | 'ready' | 'down'

/** A model as its front uses it, whichever process it is in. */
export interface ModelService<I = unknown, O = unknown> {
  open(): Promise<void>
  close(): Promise<void>
  swap(factory: AnyRuntimeFactory): Promise<void>
  /** As far as this process knows; a model in another one may have changed since. */
  status(): ModelStatus
  /** As it is now, wherever it is. */
  currentStatus(): Promise<ModelStatus>
  /** Reserves a slot for a request. @throws {HttpError} when there is none */
  reserve(caller: string): Slot | Promise<Slot>
  run(item: I, options: SlottedOptions): Promise<O>
  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]>
  stream(item: I, options: SlottedOptions): AsyncGenerator<O, void, undefined>
}

/** What a service is made of. */
export interface ServiceOptions {
  readonly name: string
  readonly runtime: AnyRuntimeFactory
  readonly batch?: BatchOptions<never>
  readonly queue?: QueueOptions
  readonly adaptive?: { readonly targetMs: number }
  readonly idempotent?: boolean
  readonly cache?: CacheOptions<never>
  readonly load?: 'start' | 'lazy' | 'demand'
  readonly idleMs?: number
  readonly log: Logger
}

/** The life of a model: loaded, swapped, unloaded; and the scheduler that stays the same through all of it. */
export class Service<I, O> implements ModelService<I, O> {
  readonly #options: ServiceOptions
  readonly #scheduler: Scheduler<I, O>
  #factory: RuntimeFactory<I, O>
  #lanes: Lanes<I, O> | undefined
  #cache: ResultCache<I, O> | undefined
  #opening: Promise<void> | undefined
  #swapping: Promise<void> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#factory = options.runtime
    this.#scheduler = new Scheduler<I, O>({
      name: options.name,
      batch: (options.batch ?? {}) as BatchOptions<I>,
      queue: options.queue ?? {},
      adaptive: options.adaptive,
      idempotent: options.idempotent ?? false,
      log: options.log,
    })
    this.#cache = this.#newCache()
  }

  get state(): ModelState {
    if (this.#scheduler.isDown) return 'down'
    if (this.#lanes) return 'ready'
    return this.#opening ? 'loading' : 'unloaded'
  }

  run(item: I, options: SlottedOptions): Promise<O> {
    this.#wake()
    return this.#runOne(item, options)
  }

  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]> {
    this.#wake()
    if (this.#cache) return Promise.all(items.map((item) => this.#runOne(item, options)))
    return this.#scheduler.submitAll(items, options)
  }

  async *stream(item: I, options: SlottedOptions): AsyncGenerator<O, void, undefined> {
    this.#wake()
    yield* this.#scheduler.stream(item, options)
  }

  reserve(caller: string): Slot {
    return new Slot(this.#scheduler.reserve(caller))
  }

  open(): Promise<void> {
    this.#opening ??= this.#open(this.#factory).catch((error) => {
      this.#opening = undefined
      this.#scheduler.fail(error)
      throw error
    })
    return this.#opening
  }

  swap(factory: RuntimeFactory<I, O>): Promise<void> {
    const swapped = this.#swapping.then(() => this.#swapTo(factory))
    this.#swapping = swapped.catch(() => undefined)
    return swapped
  }

  async #swapTo(factory: RuntimeFactory<I, O>): Promise<void> {
    await this.#opening?.catch(() => undefined)
    const old = this.#lanes
    this.#opening = this.#open(factory)
    try {
      await this.#opening
    } catch (error) {
      this.#opening = old ? Promise.resolve() : undefined
      throw error
    }
    this.#factory = factory
    // The results of a new version may differ.
    this.#cache = this.#newCache()
    await old?.close()
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#opening?.catch(() => undefined)
    const lanes = this.#lanes
    this.#lanes = undefined
    this.#opening = undefined
    this.#scheduler.stop(new ModelUnavailableError(this.#options.name, 'has been closed'))
    await Promise.all([lanes?.close(), this.#swapping])
  }

  status(): ModelStatus {
    const { name } = this.#options
    const runtime = this.#lanes?.runtime
    return {
      name,
      state: this.state,
      runtime: runtime?.kind ?? 'none',
      lanes: runtime?.lanes ?? 0,
      cacheHits: this.#cache?.hits ?? 0,
      ...this.#scheduler.metrics(),
    }
  }

  currentStatus(): Promise<ModelStatus> {
    return Promise.resolve(this.status())
  }

  #runOne(item: I, options: SlottedOptions): Promise<O> {
    if (!this.#cache) return this.#scheduler.submit(item, options)
    return this.#cache.get(item, options.signal, (signal) => this.#scheduler.submit(item, { ...options, signal }))
  }

  async #open(factory: RuntimeFactory<I, O>): Promise<void> {
    const { name, log } = this.#options
    const lanes = this.#scheduler.use(factory({ name, log }))
    await lanes.start()
    this.#lanes = lanes
    this.#scheduler.switchTo(lanes)
  }

  #newCache(): ResultCache<I, O> | undefined {
    const { name, cache } = this.#options
    return cache && new ResultCache(openStore<O>(name, cache), cache.key as ((item: I) => string) | undefined)
  }

  /** Loads the model where it is not; calls wait in the queue meanwhile, each within its deadline. */
  #wake(): void {
    if (this.#options.load === 'demand') this.#keepAwake()
    // Whoever waits is told by the scheduler.
    if (!this.#lanes) this.open().catch(() => undefined)
  }

  /** Unloads the model once nobody has asked for it for a while. */
  #keepAwake(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.#scheduler.reserved > 0) this.#keepAwake()
      else void this.close()
    }, this.#options.idleMs ?? 300_000)
    this.#idle.unref()
  }
}
