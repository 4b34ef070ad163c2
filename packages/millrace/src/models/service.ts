import { withoutFrames } from '../errors/withoutFrames.ts'
import type { Logger } from '../input/log.ts'
import { Slot } from './admission.ts'
import type { BatchOptions } from './batchPolicy.ts'
import { type CacheOptions, openStore, ResultCache } from './cache.ts'
import { batchDefaults, queueDefaults } from './defaults.ts'
import { DeadlineError, ModelError, ModelUnavailableError } from './errors.ts'
import type { Lanes } from './lanes.ts'
import type { QueueOptions, SlottedOptions, Timing } from './options.ts'
import type { AnyRuntimeFactory, RuntimeFactory } from './runtime.ts'
import { Scheduler } from './scheduler.ts'
import type { ModelReport, ModelState } from './status.ts'
import { after } from './timer.ts'
import { unlessAborted } from './unlessAborted.ts'

/** A model as its front uses it, whichever process it is in. */
export interface ModelService<I = unknown, O = unknown> {
  open(): Promise<void>
  /** Lets the first call load it, where it has been closed. */
  allow?(): void
  close(): Promise<void>
  swap(factory: AnyRuntimeFactory): Promise<void>
  /** Swaps to one of the model's `versions`. @throws {TypeError} when it has none of that name */
  swapTo(version: string): Promise<void>
  /** How it is now, wherever it is. */
  report(): ModelReport | Promise<ModelReport>
  /** Whether it is not down. */
  isServing(): boolean | Promise<boolean>
  /** Reserves a slot for a request, of this caller where it is known already. @throws {HttpError} when there is none */
  reserve(caller: string | undefined): Slot | Promise<Slot>
  run(item: I, options: SlottedOptions): Promise<O>
  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]>
  stream(item: I, options: SlottedOptions): AsyncGenerator<O, void, undefined>
}

/** What a service is made of. */
export interface ServiceOptions {
  readonly name: string
  readonly runtime: AnyRuntimeFactory
  readonly versions?: Readonly<Record<string, AnyRuntimeFactory>>
  readonly batch?: BatchOptions<never>
  readonly queue?: QueueOptions
  readonly adaptive?: { readonly targetMs: number }
  readonly idempotent?: boolean
  readonly cache?: CacheOptions<never>
  readonly load?: 'start' | 'lazy' | 'demand'
  readonly idleMs?: number
  readonly log: Logger
}

/** What loads faster nobody waits for: it is not told of in the log. */
const slowLoadMs = 500

/** The life of a model: loaded, swapped, unloaded; and the scheduler that stays the same through all of it. */
export class Service<I, O> implements ModelService<I, O> {
  readonly #options: ServiceOptions
  readonly #scheduler: Scheduler<I, O>
  #factory: RuntimeFactory<I, O>
  #lanes: Lanes<I, O> | undefined
  #cache: ResultCache<I, O> | undefined
  /** Of the caches of versions before. */
  #cacheHits = 0
  #loads = 0
  #loadedAt: Date | undefined
  /** Versions that still finish what they have. */
  readonly #retiring = new Set<Lanes<I, O>>()
  #loading: Lanes<I, O> | undefined
  #opening: Promise<void> | undefined
  /** Loads, swaps and unloads one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Aborted by an unload: what loads or waits to load is not wanted any more. */
  #life = new AbortController()
  #isClosed = false
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
    if (!this.isServing()) return 'down'
    if (this.#lanes) return 'ready'
    return this.#opening || this.#loading ? 'loading' : 'unloaded'
  }

  run(item: I, options: SlottedOptions): Promise<O> {
    this.#wake()
    return this.#runOne(item, options)
  }

  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]> {
    this.#wake()
    return this.#cache ? this.#runCached(this.#cache, items, options) : this.#scheduler.submitAll(items, options)
  }

  async *stream(item: I, options: SlottedOptions): AsyncGenerator<O, void, undefined> {
    this.#wake()
    yield* this.#scheduler.stream(item, options)
  }

  reserve(caller: string | undefined): Slot {
    return new Slot(this.#scheduler.reserve(caller))
  }

  open(): Promise<void> {
    this.#isClosed = false
    if (this.#scheduler.isDown) this.#opening = undefined
    this.#opening ??= this.#openIn(this.#life.signal)
    return this.#opening
  }

  /** Lets the first call load the model, also after {@link close}. */
  allow(): void {
    this.#isClosed = false
  }

  async swap(factory: RuntimeFactory<I, O>): Promise<void> {
    const { signal } = this.#life
    const old = await this.#inTurn(async () => {
      const replaced = await this.#load(factory, signal)
      this.#isClosed = false
      this.#opening = Promise.resolve()
      this.#factory = factory
      // The results of a new version may differ.
      this.#cacheHits += this.#cache?.hits ?? 0
      this.#cache = this.#newCache()
      if (this.#options.load === 'demand') this.#keepAwake()
      return replaced
    })
    // The new one serves by now, whatever the old one says to its end, which is in the log.
    await old?.close().catch(() => undefined)
  }

  async swapTo(version: string): Promise<void> {
    const { name, versions = {} } = this.#options
    const factory = Object.hasOwn(versions, version) ? versions[version] : undefined
    if (factory) return await this.swap(factory)
    const names = Object.keys(versions).join(', ') || 'none'
    throw new TypeError(`The model '${name}' has no version '${version}' among its \`versions\`: ${names}`)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#unload()
  }

  #openIn(signal: AbortSignal): Promise<void> {
    const opening = this.#inTurn(async () => {
      // A swap may have loaded it meanwhile.
      if (!this.#lanes || this.#scheduler.isDown) void (await this.#load(this.#factory, signal))?.close()
    }).catch((error) => {
      if (this.#opening === opening) this.#opening = undefined
      if (!signal.aborted && !this.#lanes) this.#scheduler.fail(error)
      throw error
    })
    return opening
  }

  /** Ends loads at once, streams that nobody reads on after as long as a batch may take. */
  #unload(): Promise<void> {
    const { name, batch } = this.#options
    const error = new ModelUnavailableError(name, 'has been closed')
    clearTimeout(this.#idle)
    this.#life.abort(error)
    this.#life = new AbortController()
    if (this.#lanes) this.#retire(this.#lanes)
    this.#lanes = undefined
    this.#opening = undefined
    this.#scheduler.stop(error)
    const ending = [...this.#retiring]
    const grace = after(batch?.timeoutMs ?? batchDefaults.timeoutMs, () => {
      for (const lanes of ending) lanes.cut(error)
    })
    const ended = Promise.all(ending.map((lanes) => lanes.close())).finally(() => clearTimeout(grace))
    return this.#inTurn(() => ended).then(() => undefined)
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }

  report(): ModelReport {
    const { name, versions = {} } = this.#options
    const version = Object.keys(versions).find((one) => versions[one] === this.#factory)
    const runtime = this.#lanes?.runtime
    const { source } = this.#factory
    const status = {
      name,
      state: this.state,
      runtime: runtime?.kind ?? 'none',
      ...(version === undefined ? {} : { version }),
      ...(source === undefined ? {} : { source }),
      lanes: runtime?.lanes ?? 0,
      loads: this.#loads,
      ...(this.#loadedAt === undefined ? {} : { loadedAt: this.#loadedAt.toISOString() }),
      cacheHits: this.#cacheHits + (this.#cache?.hits ?? 0),
      ...this.#scheduler.metrics(),
    }
    return { status, totals: this.#scheduler.totals() }
  }

  isServing(): boolean {
    return !this.#scheduler.isDown
  }

  #runOne(item: I, options: SlottedOptions): Promise<O> {
    return this.#cache ? this.#look(this.#cache, item, options) : this.#scheduler.submit(item, options)
  }

  #look(cache: ResultCache<I, O>, item: I, options: SlottedOptions): Promise<O> {
    const { name, queue, log } = this.#options
    const { signal, deadlineMs = queue?.deadlineMs ?? queueDefaults.deadlineMs } = options
    const late = () => DeadlineError.of(name, deadlineMs)
    const onTiming = (timing: Timing) => {
      try {
        options.onTiming?.(timing)
      } catch (error) {
        log.warn('onTiming threw', { model: name, error })
      }
    }
    return cache.get(item, { signal, deadlineMs, late, onTiming }, (terms) =>
      this.#scheduler.submit(item, { ...options, ...terms }),
    )
  }

  /** All or none are taken on, and with the first failure nobody waits for the others. */
  async #runCached(cache: ResultCache<I, O>, items: readonly I[], options: SlottedOptions): Promise<O[]> {
    this.#scheduler.ensureRoom(cache.countMissing(items), options)
    const gone = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, gone.signal]) : gone.signal
    try {
      return await Promise.all(items.map((item) => this.#look(cache, item, { ...options, signal })))
    } catch (error) {
      gone.abort(error)
      throw error
    }
  }

  /** Loads a version and makes it the current one. Returns the one before it, which may have work. */
  async #load(factory: RuntimeFactory<I, O>, signal: AbortSignal): Promise<Lanes<I, O> | undefined> {
    const { name, log } = this.#options
    signal.throwIfAborted()
    const lanes = this.#scheduler.use(factory({ name, log }))
    this.#loading = lanes
    const about = { model: name, ...(factory.source === undefined ? {} : { source: factory.source }) }
    const startedAt = performance.now()
    let isSlow = false
    const slow = after(slowLoadMs, () => {
      isSlow = true
      log.info('A model is loading', about)
    })
    try {
      await unlessAborted(lanes.start(), signal)
    } catch (error) {
      if (signal.aborted) await lanes.abandon()
      throw error instanceof ModelError ? notLoaded(name, error) : error
    } finally {
      clearTimeout(slow)
      this.#loading = undefined
    }
    if (isSlow) log.info('A model is ready', { ...about, loadMs: Math.round(performance.now() - startedAt) })
    const old = this.#lanes
    if (old) this.#retire(old)
    this.#lanes = lanes
    this.#loads++
    this.#loadedAt = new Date()
    this.#scheduler.switchTo(lanes)
    return old
  }

  #retire(lanes: Lanes<I, O>): void {
    const { name, log } = this.#options
    this.#retiring.add(lanes)
    void lanes
      .close()
      .catch((error) => log.warn('A version of a model failed to close', { model: name, error }))
      .finally(() => this.#retiring.delete(lanes))
  }

  #newCache(): ResultCache<I, O> | undefined {
    const { name, cache } = this.#options
    return cache && new ResultCache(openStore<O>(name, cache), cache.key as ((item: I) => string) | undefined)
  }

  /** Loads the model where it is not, unless it has been closed; calls wait in the queue meanwhile, each within its deadline. */
  #wake(): void {
    if (this.#isClosed) throw new ModelUnavailableError(this.#options.name, 'has been closed')
    if (this.#options.load === 'demand') this.#keepAwake()
    // Whoever waits is told by the scheduler.
    if (!this.#lanes) this.open().catch(() => undefined)
  }

  /** Unloads the model once nobody has asked for it for a while. */
  #keepAwake(): void {
    clearTimeout(this.#idle)
    this.#idle = after(this.#options.idleMs ?? 300_000, () => {
      if (this.#scheduler.reserved > 0 || this.#loading) this.#keepAwake()
      else void this.#unload()
    })
    this.#idle?.unref()
  }
}

/** Says of which model it is, in an app that may have many. */
function notLoaded(name: string, { code, message, cause }: ModelError): ModelError {
  return withoutFrames(() => new ModelError(code, `The model '${name}' could not be loaded: ${message}`, cause))
}
