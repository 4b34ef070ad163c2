import type { Logger } from '../input/log.ts'
import { Slot } from './admission.ts'
import type { BatchOptions } from './batchPolicy.ts'
import type { CacheOptions } from './cache.ts'
import { CachedRuns } from './cachedRuns.ts'
import { batchDefaults } from './defaults.ts'
import { ModelUnavailableError } from './errors.ts'
import { LoadedVersions } from './loadedVersions.ts'
import type { ModelService } from './modelService.ts'
import type { QueueOptions, SlottedOptions } from './options.ts'
import type { AnyRuntimeFactory, RuntimeFactory } from './runtime.ts'
import { Scheduler } from './scheduler.ts'
import type { ModelReport, ModelState } from './status.ts'
import { after } from './timer.ts'

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

/** The life of a model in this process: when it is loaded, swapped and unloaded. Its scheduler stays the same through all of it. */
export class Service<I, O> implements ModelService<I, O> {
  readonly #options: ServiceOptions
  readonly #scheduler: Scheduler<I, O>
  readonly #versions: LoadedVersions<I, O>
  readonly #cached: CachedRuns<I, O> | undefined
  /** Of the version that is loaded, or would be. */
  #factory: RuntimeFactory<I, O>
  #opening: Promise<void> | undefined
  /** Loads, swaps and unloads one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Aborted by an unload: what loads or waits to load is not wanted any more. */
  #life = new AbortController()
  #isClosed = false
  #idle: NodeJS.Timeout | undefined

  constructor(options: ServiceOptions) {
    const { name, runtime, batch = {}, queue = {}, adaptive, idempotent = false, cache, log } = options
    this.#options = options
    this.#factory = runtime
    const scheduler = new Scheduler<I, O>({
      name,
      batch: batch as BatchOptions<I>,
      queue,
      adaptive,
      idempotent,
      log,
    })
    this.#scheduler = scheduler
    this.#versions = new LoadedVersions({ name, log }, scheduler)
    this.#cached = cache && new CachedRuns({ name, cache, queue, log }, scheduler)
  }

  get state(): ModelState {
    if (!this.isServing()) return 'down'
    if (this.#versions.current) return 'ready'
    return this.#opening || this.#versions.isLoading ? 'loading' : 'unloaded'
  }

  isServing(): boolean {
    return !this.#scheduler.isDown
  }

  run(item: I, options: SlottedOptions): Promise<O> {
    this.#wake()
    return this.#cached ? this.#cached.run(item, options) : this.#scheduler.submit(item, options)
  }

  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]> {
    this.#wake()
    return this.#cached ? this.#cached.runMany(items, options) : this.#scheduler.submitAll(items, options)
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
      const replaced = await this.#versions.load(factory, signal)
      this.#isClosed = false
      this.#opening = Promise.resolve()
      this.#factory = factory
      this.#cached?.renew()
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

  report(): ModelReport {
    const { name, versions = {} } = this.#options
    const { current, loads, loadedAt } = this.#versions
    const version = Object.keys(versions).find((one) => versions[one] === this.#factory)
    const { source } = this.#factory
    const status = {
      name,
      state: this.state,
      runtime: current?.kind ?? 'none',
      ...(version === undefined ? {} : { version }),
      ...(source === undefined ? {} : { source }),
      lanes: current?.lanes ?? 0,
      loads,
      ...(loadedAt === undefined ? {} : { loadedAt: loadedAt.toISOString() }),
      cacheHits: this.#cached?.hits ?? 0,
      ...this.#scheduler.metrics(),
    }
    return { status, totals: this.#scheduler.totals() }
  }

  #openIn(signal: AbortSignal): Promise<void> {
    const opening = this.#inTurn(async () => {
      // A swap may have loaded it meanwhile.
      if (!this.#versions.current || this.#scheduler.isDown) await this.#versions.load(this.#factory, signal)
    }).catch((error) => {
      if (this.#opening === opening) this.#opening = undefined
      if (!signal.aborted && !this.#versions.current) this.#scheduler.fail(error)
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
    this.#opening = undefined
    const ended = this.#versions.unload(error, batch?.timeoutMs ?? batchDefaults.timeoutMs)
    // What fails may do so before its turn comes.
    ended.catch(() => undefined)
    return this.#inTurn(() => ended)
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Loads the model where it is not, unless it has been closed; calls wait in the queue meanwhile, each within its deadline. */
  #wake(): void {
    if (this.#isClosed) throw new ModelUnavailableError(this.#options.name, 'has been closed')
    if (this.#options.load === 'demand') this.#keepAwake()
    // Whoever waits is told by the scheduler.
    if (!this.#versions.current) this.open().catch(() => undefined)
  }

  /** Unloads the model once nobody has asked for it for a while. */
  #keepAwake(): void {
    clearTimeout(this.#idle)
    this.#idle = after(this.#options.idleMs ?? 300_000, () => {
      if (this.#scheduler.reserved > 0 || this.#versions.isLoading) this.#keepAwake()
      // What fails at its end is in the log.
      else this.#unload().catch(() => undefined)
    })
    this.#idle?.unref()
  }
}
