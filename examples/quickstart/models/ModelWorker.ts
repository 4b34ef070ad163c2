import { Worker } from 'node:worker_threads'
import { ModelError } from './ModelError.ts'
import { type DetectedLanguage, dimensions, type ModelMessage, type ModelRequest } from './protocol.ts'
import type { CallOptions, TextModels, VectorsOf } from './TextModels.ts'

export interface ModelWorkerOptions {
  /** What runs in the thread. Default: `worker.ts`. */
  readonly script?: URL
  /** Told when a worker has crashed and another is started in its place. */
  readonly onCrash?: (error: ModelError) => void
}

interface Call {
  readonly resolve: (message: ModelMessage) => void
  readonly reject: (error: unknown) => void
}

type RequestBody = ModelRequest extends infer R ? (R extends ModelRequest ? Omit<R, 'id'> : never) : never

/** Calls in flight, beyond which new ones are refused instead of made to wait ever longer. */
const maxCalls = 256

/** Starts in a row that may fail before it is given up. */
const maxFailedStarts = 3

/**
 * The models in a worker thread of their own, so that the event loop is free while they compute.
 *
 * A crash rejects the calls in flight and starts a new worker; calls made meanwhile wait for it.
 */
export class ModelWorker implements TextModels {
  readonly #script: URL
  readonly #onCrash: (error: ModelError) => void
  readonly #calls = new Map<number, Call>()
  #worker!: Worker
  #ready!: Promise<void>
  #failedStarts = 0
  #nextId = 1
  #isClosed = false

  private constructor({ script = new URL('./worker.ts', import.meta.url), onCrash = () => {} }: ModelWorkerOptions) {
    this.#script = script
    this.#onCrash = onCrash
    this.#spawn()
  }

  /** Resolves when the models are loaded and warm. @throws {ModelError} `not_started` */
  static async start(options: ModelWorkerOptions = {}): Promise<ModelWorker> {
    const models = new ModelWorker(options)
    await models.#ready
    return models
  }

  async embed<const T extends readonly string[]>(texts: T, options?: CallOptions): Promise<VectorsOf<T>> {
    const vectors = texts.length > 0 ? await this.#vectors(texts, options) : new Float32Array()
    const slices = texts.map((_, index) => vectors.subarray(index * dimensions, (index + 1) * dimensions))
    // `map` keeps the length of a tuple, which its type does not tell.
    return slices as unknown as VectorsOf<T>
  }

  async #vectors(texts: readonly string[], options: CallOptions | undefined): Promise<Float32Array> {
    const message = await this.#call({ kind: 'embed', texts }, options)
    if (message.kind !== 'embedded') throw unexpected(message)
    return message.vectors
  }

  async detectLanguage(text: string, options?: CallOptions): Promise<readonly DetectedLanguage[]> {
    const message = await this.#call({ kind: 'detectLanguage', text }, options)
    if (message.kind !== 'detected') throw unexpected(message)
    return message.languages
  }

  /** Ends the thread; calls in flight are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#rejectAll(new ModelError('closed', 'The models are shutting down'))
    await this.#worker.terminate()
  }

  async #call(body: RequestBody, { signal }: CallOptions = {}): Promise<ModelMessage> {
    await this.#ready
    signal?.throwIfAborted()
    if (this.#isClosed) throw new ModelError('closed', 'The models are shutting down')
    if (this.#calls.size >= maxCalls) throw new ModelError('busy', `${maxCalls} calls are waiting for the model`)
    const id = this.#nextId++
    const worker = this.#worker
    const onAbort = () => {
      worker.postMessage({ id, kind: 'cancel' } satisfies ModelRequest)
      this.#calls.get(id)?.reject(signal?.reason)
    }
    try {
      return await new Promise<ModelMessage>((resolve, reject) => {
        this.#calls.set(id, { resolve, reject })
        signal?.addEventListener('abort', onAbort, { once: true })
        worker.postMessage({ ...body, id } satisfies ModelRequest)
      })
    } finally {
      this.#calls.delete(id)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #spawn(): void {
    const worker = new Worker(this.#script)
    const started = Promise.withResolvers<void>()
    let isReady = false
    let cause: unknown
    this.#worker = worker
    this.#ready = started.promise
    // Whoever calls next hears of a failed start; until then nobody may be listening.
    started.promise.catch(() => {})
    worker.on('message', (message: ModelMessage) => {
      if (message.kind === 'ready') {
        isReady = true
        this.#failedStarts = 0
        started.resolve()
      } else this.#settle(message)
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (exitCode) => {
      if (this.#isClosed) return started.reject(new ModelError('closed', 'The models are shutting down'))
      this.#restart(started, isReady, exitCode, cause)
    })
  }

  #restart(started: PromiseWithResolvers<void>, wasReady: boolean, exitCode: number, cause: unknown): void {
    // What went wrong is for the log; callers are only told that it did.
    const why = cause ?? new Error(`exit code ${exitCode}`)
    const error = new ModelError('crashed', 'The model ended unexpectedly and is started again', why)
    this.#rejectAll(error)
    if (!wasReady && ++this.#failedStarts >= maxFailedStarts)
      return started.reject(new ModelError('not_started', 'The model does not start', why))
    this.#onCrash(error)
    this.#spawn()
    // Who waited for the start that failed waits for the next one.
    this.#ready.then(started.resolve, started.reject)
  }

  #settle(message: Exclude<ModelMessage, { kind: 'ready' }>): void {
    const call = this.#calls.get(message.id)
    if (message.kind === 'failed')
      call?.reject(new ModelError('failed', 'The model could not compute this', new Error(message.message)))
    else call?.resolve(message)
  }

  #rejectAll(error: ModelError): void {
    for (const call of [...this.#calls.values()]) call.reject(error)
  }
}

function unexpected(message: ModelMessage): ModelError {
  return new ModelError('failed', `The model's worker answered out of turn: ${message.kind}`)
}
