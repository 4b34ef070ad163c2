import { Worker as Thread, type WorkerOptions } from 'node:worker_threads'
import { ChildLogger, type Logger } from '../../input/log.ts'
import { programFile } from '../../packageFiles.ts'
import { ModelError, WorkerLostError } from '../errors.ts'
import type { Results, RuntimeHost } from '../runtime.ts'
import { restoreTensors, tensorsIn } from '../tensorWays.ts'
import { fromPlain } from './errors.ts'
import { keepWasmCode } from './keepWasmCode.ts'
import { merge } from './merge.ts'
import type { FromThread, ThreadData, ThreadResult, ToThread } from './messages.ts'
import { Pieces } from './pieces.ts'
import type { Worker } from './supervised.ts'

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

const program = programFile('models/runtimes/workerThread')

/** A call that a thread is working on. */
interface Call {
  onMessage(message: FromThread): void
  onLost(error: Error): void
}

/** One worker thread with one copy of the model. */
export class ThreadWorker implements Worker {
  readonly #worker: Thread
  readonly #calls = new Map<number, Call>()
  readonly #loaded: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #exited: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #log: Logger
  readonly #onExit: (error: Error) => void
  #nextId = 0
  #failure: Error | undefined
  #isLoaded = false
  #isClosing = false
  #isOver = false

  constructor(data: ThreadData, options: WorkerOptions, { name, log }: RuntimeHost, onExit: (error: Error) => void) {
    keepWasmCode()
    this.#log = new ChildLogger(log, { model: name, lane: data.lane })
    this.#worker = new Thread(program, { ...options, workerData: data })
    this.#loaded.promise.catch(() => undefined)
    this.#worker.on('message', (message: FromThread) => this.#onMessage(message))
    this.#worker.on('error', (error: Error) => (this.#failure = error))
    this.#worker.on('messageerror', (error: Error) => (this.#failure = error))
    this.#onExit = onExit
    this.#worker.once('exit', (code) => this.#over(`A worker thread of the model ended (code ${code})`))
  }

  /** Whether a thread may be terminated while it loads. */
  protected get canEndLoad(): boolean {
    return true
  }

  /** Resolves when the model is loaded and warm. @throws what `load` throws */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  run<I, O>(items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      /** What cannot be sent fails alone. */
      const refusals = new Map<number, Error>()
      const settle = (finish: () => void) => {
        this.#calls.delete(id)
        signal.removeEventListener('abort', onAbort)
        finish()
      }
      const onAbort = () => this.#post({ type: 'abort', id })
      this.#calls.set(id, {
        onMessage: (message) =>
          settle(() => {
            if (message.type === 'results') {
              restoreTensors(message.results, message.tensors)
              resolve(merge<O>(message.results.map(resultOf<O>), refusals))
            } else if (message.type === 'failed') reject(fromPlain(message.error))
          }),
        onLost: (error) => settle(() => reject(error)),
      })
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        this.#post({ type: 'run', id, items, tensors: tensorsIn(items) })
      } catch {
        const sendable = items.filter((item, index) => {
          const refusal = refusalOf(item)
          if (refusal) refusals.set(index, refusal)
          return !refusal
        })
        if (sendable.length > 0) this.#post({ type: 'run', id, items: sendable, tensors: tensorsIn(sendable) })
        else settle(() => resolve(merge<O>([], refusals)))
      }
    })
  }

  async *stream<I, O>(item: I, signal: AbortSignal): AsyncGenerator<O, void, undefined> {
    signal.throwIfAborted()
    const id = this.#nextId++
    try {
      this.#post({ type: 'stream', id, item, tensors: tensorsIn([item]) })
    } catch (error) {
      throw notSendable(error)
    }
    const pieces = new Pieces<O>()
    const over = Promise.withResolvers<void>()
    const end = (error?: unknown) => {
      pieces.end(error)
      over.resolve()
    }
    this.#calls.set(id, {
      onMessage: (message) => {
        if (message.type === 'piece') {
          const piece = [message.piece]
          restoreTensors(piece, message.tensors)
          pieces.push(piece[0] as O)
        } else end(message.type === 'failed' ? fromPlain(message.error) : undefined)
      },
      onLost: end,
    })
    const onAbort = () => pieces.end(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#post({ type: 'pull', id, pieces: streamWindow })
      yield* pieces.read(() => this.#post({ type: 'pull', id, pieces: 1 }))
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#post({ type: 'abort', id })
      // The lane is not free before the thread has noticed.
      await over.promise
      this.#calls.delete(id)
    }
  }

  /** Ends the thread at once, with whatever it is doing. */
  terminate(why?: Error): void {
    this.#failure ??= why
    void this.#worker.terminate()
  }

  /** Lets the model close itself, and ends the thread; at once if that takes longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    if (this.#isLoaded || !this.canEndLoad) this.#post({ type: 'close' })
    else this.terminate()
    const timer = setTimeout(() => this.terminate(), graceMs)
    await this.#exited.promise
    clearTimeout(timer)
  }

  /**
   * Takes the thread for lost and leaves it to end itself, once it is no longer busy: for native code with
   * which the whole process would end if its thread were terminated.
   */
  protected abandon(why?: Error): void {
    this.#failure ??= why
    if (!this.#isClosing) this.#post({ type: 'close' })
    // Until then the process has to stay: at its end it terminates the threads that are left.
    this.#worker.ref()
    this.#over('A worker thread of the model was busy for too long and has been left to itself')
  }

  #over(message: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const error = this.#failure ?? new ModelError('model_failed', message)
    this.#loaded.reject(error)
    const lost = new WorkerLostError(message, this.#failure)
    for (const call of this.#calls.values()) call.onLost(lost)
    this.#calls.clear()
    this.#exited.resolve()
    if (!this.#isClosing) this.#onExit(error)
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #onMessage(message: FromThread): void {
    if (message.type === 'ready') {
      // A model that nobody closes must not keep the process alive.
      this.#worker.unref()
      this.#isLoaded = true
      this.#loaded.resolve()
    } else if (message.type === 'loadFailed') {
      this.#failure = fromPlain(message.error)
      this.#loaded.reject(this.#failure)
    } else if (message.type === 'output')
      this.#log[message.stream === 'stdout' ? 'info' : 'warn'](message.line, { stream: message.stream })
    else this.#calls.get(message.id)?.onMessage(message)
  }
}

function resultOf<O>(one: ThreadResult): O | Error {
  return 'error' in one ? fromPlain(one.error) : (one.value as O)
}

function refusalOf(item: unknown): ModelError | undefined {
  try {
    structuredClone(item)
    return undefined
  } catch (error) {
    return notSendable(error)
  }
}

function notSendable(cause: unknown): ModelError {
  return new ModelError('model_failed', 'The item cannot be sent to a worker thread', cause)
}
