import { availableParallelism } from 'node:os'
import type { WorkerOptions } from 'node:worker_threads'
import { ModelUnavailableError } from '../errors.ts'
import type { Results, Runtime, RuntimeEvents, RuntimeFactory, RuntimeHost } from '../runtime.ts'
import { Backoff, type CrashLimits } from './supervisor.ts'
import { ThreadLane } from './threadLane.ts'

/** How worker threads run a model. */
export interface WorkersOptions extends CrashLimits {
  /** Threads, each with a copy of the model. Default 1. */
  readonly count?: number
  /** Cores that one thread may use for itself, passed to `load`. Default: the machine's, shared out. */
  readonly threads?: number
  /** Ends a thread as soon as every caller of its batch has left. It has to load again. Default false. */
  readonly killOnAbort?: boolean
  /** For `close` of the model at shutdown, in milliseconds. Default 2,000. */
  readonly closeGraceMs?: number
  /** Limits of the thread's memory (`node:worker_threads`). */
  readonly resourceLimits?: WorkerOptions['resourceLimits']
}

/**
 * Runs a model in worker threads of its own, so that what it computes holds up no request.
 *
 * @param module the URL of a module whose default export is made by `defineModel()`
 *
 * @example
 * model({ name: 'embed', runtime: workers(new URL('./embed.model.ts', import.meta.url), { count: 2 }) })
 */
export function workers<I = unknown, O = unknown>(
  module: URL | string,
  options: WorkersOptions = {},
): RuntimeFactory<I, O> {
  return (host) => new WorkersRuntime<I, O>(String(module), options, host)
}

class WorkersRuntime<I, O> implements Runtime<I, O> {
  readonly kind = 'workers'
  readonly lanes: number
  readonly #module: string
  readonly #options: WorkersOptions
  readonly #host: RuntimeHost
  readonly #threads: (ThreadLane | undefined)[]
  readonly #backoffs: Backoff[]
  readonly #timers = new Set<NodeJS.Timeout>()
  #events: RuntimeEvents | undefined
  #isClosed = false

  constructor(module: string, options: WorkersOptions, host: RuntimeHost) {
    this.lanes = options.count ?? 1
    this.#module = module
    this.#options = options
    this.#host = host
    this.#threads = new Array(this.lanes).fill(undefined)
    this.#backoffs = Array.from({ length: this.lanes }, () => new Backoff(options))
  }

  async start(events: RuntimeEvents): Promise<void> {
    this.#events = events
    await Promise.all(this.#threads.map((_, lane) => this.#open(lane)))
  }

  run(lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    const thread = this.#thread(lane)
    if (this.#options.killOnAbort) signal.addEventListener('abort', () => void thread.terminate(), { once: true })
    return thread.run<I, O>(items, signal)
  }

  stream(lane: number, item: I, signal: AbortSignal): AsyncIterable<O> {
    return this.#thread(lane).stream<I, O>(item, signal)
  }

  restart(lane: number): void {
    void this.#threads[lane]?.terminate()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all(this.#threads.map((thread) => thread?.close(this.#options.closeGraceMs ?? 2_000)))
  }

  #thread(lane: number): ThreadLane {
    const thread = this.#threads[lane]
    if (!thread) throw new ModelUnavailableError(this.#host.name, 'is starting again')
    return thread
  }

  async #open(lane: number): Promise<void> {
    const threads = this.#options.threads ?? Math.max(1, Math.floor(availableParallelism() / this.lanes))
    const { resourceLimits } = this.#options
    let isLoaded = false
    const thread = new ThreadLane(
      { module: this.#module, lane, threads },
      { name: `${this.#host.name} ${lane}`, ...(resourceLimits ? { resourceLimits } : {}) },
      (error) => {
        this.#threads[lane] = undefined
        if (isLoaded) this.#onLost(lane, error)
      },
    )
    this.#threads[lane] = thread
    await thread.loaded
    isLoaded = true
    this.#events?.onReady(lane)
  }

  #onLost(lane: number, error: Error): void {
    if (this.#isClosed) return
    const delayMs = (this.#backoffs[lane] as Backoff).next(performance.now())
    this.#events?.onLost(lane, error, delayMs === undefined)
    if (delayMs === undefined) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#open(lane).catch((again: Error) => this.#onLost(lane, again))
    }, delayMs)
    this.#timers.add(timer)
  }
}
