import { withoutFrames } from '../errors/withoutFrames.ts'
import { ModelError } from './errors.ts'
import type { Lanes } from './lanes.ts'
import type { Runtime, RuntimeFactory, RuntimeHost } from './runtime.ts'
import type { Scheduler } from './scheduler.ts'
import { after } from './timer.ts'
import { unlessAborted } from './unlessAborted.ts'

/** What loads faster nobody waits for: it is not told of in the log. */
const slowLoadMs = 500

/** The versions of a model that are in memory: one serves, one may be loading, those before finish what they have. */
export class LoadedVersions<I, O> {
  readonly #host: RuntimeHost
  readonly #scheduler: Scheduler<I, O>
  #current: Lanes<I, O> | undefined
  #loading: Lanes<I, O> | undefined
  readonly #retiring = new Set<Lanes<I, O>>()
  /** How often one was loaded, and when that was last. */
  loads = 0
  loadedAt: Date | undefined

  constructor(host: RuntimeHost, scheduler: Scheduler<I, O>) {
    this.#host = host
    this.#scheduler = scheduler
  }

  /** The one that serves. */
  get current(): Runtime<I, O> | undefined {
    return this.#current?.runtime
  }

  get isLoading(): boolean {
    return this.#loading !== undefined
  }

  /**
   * Loads a version and makes it the current one. Returns the one before it, which may have work.
   *
   * @param signal aborted when it is not wanted any more
   * @throws what loading throws; the current one stays then
   */
  async load(factory: RuntimeFactory<I, O>, signal: AbortSignal): Promise<Lanes<I, O> | undefined> {
    signal.throwIfAborted()
    const lanes = this.#scheduler.use(factory(this.#host))
    this.#loading = lanes
    try {
      await this.#start(lanes, factory.source, signal)
    } catch (error) {
      if (signal.aborted) await lanes.abandon()
      throw error instanceof ModelError ? notLoaded(this.#host.name, error) : error
    } finally {
      this.#loading = undefined
    }
    const old = this.#current
    if (old) this.#retire(old)
    this.#current = lanes
    this.loads++
    this.loadedAt = new Date()
    this.#scheduler.switchTo(lanes)
    return old
  }
  /**
   * Takes the current one out of service. Resolves when all have finished what they had; streams that nobody reads on
   * are cut after the grace.
   *
   * @param error what those are told who still wait
   */
  async unload(error: Error, graceMs: number): Promise<void> {
    if (this.#current) this.#retire(this.#current)
    this.#current = undefined
    this.#scheduler.stop(error)
    const ending = [...this.#retiring]
    const grace = after(graceMs, () => {
      for (const lanes of ending) lanes.cut(error)
    })
    try {
      await Promise.all(ending.map((lanes) => lanes.close()))
    } finally {
      clearTimeout(grace)
    }
  }

  /** Loads the lanes. Where that takes long, the log says so. */
  async #start(lanes: Lanes<I, O>, source: string | undefined, signal: AbortSignal): Promise<void> {
    const { name, log } = this.#host
    const about = { model: name, ...(source === undefined ? {} : { source }) }
    const startedAt = performance.now()
    let isSlow = false
    const slow = after(slowLoadMs, () => {
      isSlow = true
      log.info('A model is loading', about)
    })
    try {
      await unlessAborted(lanes.start(), signal)
    } finally {
      clearTimeout(slow)
    }
    if (isSlow) log.info('A model is ready', { ...about, loadMs: Math.round(performance.now() - startedAt) })
  }

  #retire(lanes: Lanes<I, O>): void {
    const { name, log } = this.#host
    this.#retiring.add(lanes)
    void lanes
      .close()
      .catch((error) => log.warn('A version of a model failed to close', { model: name, error }))
      .finally(() => this.#retiring.delete(lanes))
  }
}

/** Says of which model it is, in an app that may have many. */
function notLoaded(name: string, { code, message, cause }: ModelError): ModelError {
  return withoutFrames(() => new ModelError(code, `The model '${name}' could not be loaded: ${message}`, cause))
}
