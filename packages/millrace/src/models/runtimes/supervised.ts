import { ModelError, ModelUnavailableError } from '../errors.ts'
import { numberChecks } from '../numberChecks.ts'
import type { Results, Runtime, RuntimeEvents, RuntimeHost } from '../runtime.ts'
import { after } from '../timer.ts'
import { Backoff, type CrashLimits } from './backoff.ts'

/** A thread or a process with one copy of a model. */
export interface Worker {
  /** Resolves when the model is loaded and warm. @throws why it could not be */
  readonly loaded: Promise<void>
  run<I, O>(items: readonly I[], signal: AbortSignal): Promise<Results<O>>
  stream<I, O>(item: I, signal: AbortSignal): AsyncIterable<O>
  /** Ends it at once, with whatever it is doing. @param why told to those who wait for it to load */
  terminate(why?: Error): void
  /** Lets the model close itself, then ends it; at once if that takes longer than `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** How workers of any kind are kept alive. */
export interface SupervisionOptions extends CrashLimits {
  /** Copies of the model, each with a worker of its own. Default 1. */
  readonly count?: number
  /** Ends a worker as soon as every caller of its batch, or the reader of its stream, has left. It has to load again. Default false. */
  readonly killOnAbort?: boolean
  /** For the model to load and warm up, in milliseconds. Default 120,000; of `llama()` and `transformers()` 600,000. */
  readonly loadTimeoutMs?: number
  /** For `close` of the model at shutdown, in milliseconds. Default 2,000. */
  readonly closeGraceMs?: number
}

/** What a runtime fixes for all that use it. */
export interface SupervisedOptions extends SupervisionOptions {
  /** Calls that one worker does at the same time. Default 1. */
  readonly lanesPerWorker?: number
  readonly maxBatchSize?: number
}

/** Opens a worker, by its number. @param onExit called once when it has ended, wanted or not */
export type OpenWorker = (index: number, onExit: (error: Error) => void) => Worker

/** Why a worker is ended: it does not come back by itself, or nobody waits for what it does. */
type Ending = 'hung' | 'unwanted'

/** @param whose options they are, such as `workers()`. @throws {RangeError} when a number is none that can be kept to */
export function checkSupervision(whose: string, options: SupervisionOptions & { readonly threads?: number }): void {
  const { count, positive, notNegative } = numberChecks(whose)
  count('count', options.count)
  count('threads', options.threads)
  positive('loadTimeoutMs', options.loadTimeoutMs)
  notNegative('closeGraceMs', options.closeGraceMs)
  notNegative('maxCrashes', options.maxCrashes)
  positive('crashWindowMs', options.crashWindowMs)
}

/** A runtime whose lanes are those of workers that are started again when they are lost. */
export class SupervisedRuntime<I, O> implements Runtime<I, O> {
  readonly kind: string
  readonly lanes: number
  readonly maxBatchSize: number | undefined
  readonly #open: OpenWorker
  readonly #options: SupervisionOptions
  readonly #lanesPerWorker: number
  readonly #host: RuntimeHost
  readonly #workers: (Worker | undefined)[]
  readonly #backoffs: readonly Backoff[]
  /** Why workers were ended; that nobody waits for one is no crash. */
  readonly #endings = new WeakMap<Worker, Ending>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #events: RuntimeEvents | undefined
  #isClosed = false

  constructor(kind: string, open: OpenWorker, options: SupervisedOptions, host: RuntimeHost) {
    const { count = 1, lanesPerWorker = 1 } = options
    this.kind = kind
    this.lanes = count * lanesPerWorker
    this.maxBatchSize = options.maxBatchSize
    this.#lanesPerWorker = lanesPerWorker
    this.#open = open
    this.#options = options
    this.#host = host
    this.#workers = new Array(count).fill(undefined)
    this.#backoffs = this.#workers.map(() => new Backoff(options))
  }

  async start(events: RuntimeEvents): Promise<void> {
    this.#events = events
    await Promise.all(this.#workers.map((_, index) => this.#load(index)))
  }

  async run(lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    const worker = this.#worker(lane)
    const kill = () => this.#end(worker, 'unwanted')
    if (this.#options.killOnAbort) signal.addEventListener('abort', kill, { once: true })
    try {
      return await worker.run<I, O>(items, signal)
    } finally {
      signal.removeEventListener('abort', kill)
    }
  }

  stream(lane: number, item: I, signal: AbortSignal): AsyncIterable<O> {
    const worker = this.#worker(lane)
    const pieces = worker.stream<I, O>(item, signal)
    return this.#options.killOnAbort ? this.#endWhenLeft(worker, pieces, signal) : pieces
  }

  restart(lane: number): void {
    const worker = this.#workers[this.#indexOf(lane)]
    if (worker) this.#end(worker, 'hung')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all(this.#workers.map((worker) => worker?.close(this.#options.closeGraceMs ?? 2_000)))
  }

  async *#endWhenLeft(worker: Worker, pieces: AsyncIterable<O>, signal: AbortSignal): AsyncGenerator<O> {
    const iterator = pieces[Symbol.asyncIterator]()
    const kill = () => this.#end(worker, 'unwanted')
    signal.addEventListener('abort', kill, { once: true })
    let isLeft = true
    try {
      while (true) {
        isLeft = false
        const piece = await iterator.next()
        if (piece.done) return
        isLeft = true
        yield piece.value
      }
    } finally {
      signal.removeEventListener('abort', kill)
      // Before the worker's own end of the stream, for which a busy one would keep it waiting.
      if (isLeft) kill()
      await iterator.return?.()
    }
  }

  #end(worker: Worker, why: Ending): void {
    if (!this.#endings.has(worker)) this.#endings.set(worker, why)
    worker.terminate()
  }

  #worker(lane: number): Worker {
    const worker = this.#workers[this.#indexOf(lane)]
    if (!worker) throw new ModelUnavailableError(this.#host.name, 'is starting again')
    return worker
  }

  #indexOf(lane: number): number {
    return Math.floor(lane / this.#lanesPerWorker)
  }

  #lanesOf(index: number): number[] {
    return Array.from({ length: this.#lanesPerWorker }, (_, offset) => index * this.#lanesPerWorker + offset)
  }

  async #load(index: number): Promise<void> {
    let isLoaded = false
    const worker = this.#open(index, (error) => {
      if (this.#workers[index] === worker) this.#workers[index] = undefined
      if (!isLoaded) return
      if (this.#endings.get(worker) === 'unwanted') this.#onEnded(index)
      else this.#onLost(index, error)
    })
    this.#workers[index] = worker
    await this.#inTime(worker)
    isLoaded = true
    for (const lane of this.#lanesOf(index)) this.#events?.onReady(lane)
  }

  async #inTime(worker: Worker): Promise<void> {
    const { loadTimeoutMs = 120_000 } = this.#options
    const timer = after(loadTimeoutMs, () =>
      worker.terminate(new ModelError('model_failed', `The model was not loaded within ${loadTimeoutMs} ms`)),
    )
    try {
      await worker.loaded
    } catch (error) {
      // What it has opened before it failed would keep it alive, beside the one that comes next.
      worker.terminate()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #onLost(index: number, error: Error): void {
    if (this.#isClosed) return
    const { delayMs, isGivenUp } = (this.#backoffs[index] as Backoff).next(performance.now())
    for (const lane of this.#lanesOf(index)) this.#events?.onLost(lane, error, isGivenUp)
    this.#loadAfter(delayMs, index)
  }

  #onEnded(index: number): void {
    if (this.#isClosed) return
    // Any client can bring it about, so it is no warning.
    const { name, log } = this.#host
    log.debug('A worker of a model was ended, because nobody waited for it any more', { model: name })
    for (const lane of this.#lanesOf(index)) this.#events?.onEnded(lane)
    this.#loadAfter(0, index)
  }

  #loadAfter(delayMs: number, index: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#load(index).catch((again: Error) => this.#onLost(index, again))
    }, delayMs)
    this.#timers.add(timer)
  }
}
