import { ModelError, WorkerLostError } from '../errors.ts'
import type { Results } from '../runtime.ts'
import { fromPlain } from './errors.ts'
import { type Frame, FrameWriter, readTensors } from './frames.ts'
import { merge } from './merge.ts'
import type { PlainError, ThreadResult } from './messages.ts'
import { Pieces } from './pieces.ts'
import { PythonProcess, type PythonProcessOptions } from './pythonProcess.ts'
import type { Worker } from './supervised.ts'

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

/** For a model that is still loading to end by SIGTERM, in milliseconds. */
const loadGraceMs = 500

/** A call that a process is working on. */
interface Call {
  onFrame(frame: Frame): void
  onLost(error: Error): void
}

/** One Python process with one copy of the model: what it is asked, and what it answers. */
export class PythonWorker implements Worker {
  readonly #process: PythonProcess
  readonly #calls = new Map<number, Call>()
  readonly #loaded: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #onExit: (error: Error) => void
  #nextId = 0
  #isLoaded = false
  #isClosing = false

  constructor(options: PythonProcessOptions, onExit: (error: Error) => void) {
    this.#onExit = onExit
    this.#loaded.promise.catch(() => undefined)
    this.#process = new PythonProcess(options, {
      onFrame: (frame) => this.#onFrame(frame),
      onOver: (error) => this.#onOver(error),
    })
  }

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
        finish()
      }
      this.#calls.set(id, {
        onFrame: ({ header, blob }) =>
          settle(() => {
            if (header['type'] === 'failed') return reject(fromPlain(header['error'] as PlainError))
            const results = (header['results'] as ThreadResult[]).map((one) => resultOf<O>(one, blob))
            resolve(merge(results, refusals))
          }),
        onLost: (error) => settle(() => reject(error)),
      })
      try {
        signal.throwIfAborted()
        const writer = new FrameWriter()
        const encoded: unknown[] = []
        for (const [index, item] of items.entries()) {
          try {
            encoded.push(writer.encode(item))
          } catch (error) {
            refusals.set(index, new ModelError('model_failed', (error as Error).message, error))
          }
        }
        if (encoded.length > 0) this.#process.send({ type: 'run', id, items: encoded }, writer)
        else settle(() => resolve(merge([], refusals)))
      } catch (error) {
        settle(() => reject(error))
      }
    })
  }

  async *stream<I, O>(item: I, signal: AbortSignal): AsyncGenerator<O, void, undefined> {
    signal.throwIfAborted()
    const writer = new FrameWriter()
    const encoded = writer.encode(item)
    const id = this.#nextId++
    const pieces = new Pieces<O>()
    const over = Promise.withResolvers<void>()
    const end = (error?: unknown) => {
      pieces.end(error)
      over.resolve()
    }
    this.#calls.set(id, {
      onFrame: ({ header, blob }) => {
        if (header['type'] === 'piece') pieces.push(readTensors(header['piece'], blob) as O)
        else end(header['type'] === 'failed' ? fromPlain(header['error'] as PlainError) : undefined)
      },
      onLost: end,
    })
    const onAbort = () => pieces.end(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#process.send({ type: 'stream', id, item: encoded }, writer)
      this.#process.send({ type: 'pull', id, pieces: streamWindow })
      yield* pieces.read(() => this.#process.send({ type: 'pull', id, pieces: 1 }))
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#process.send({ type: 'abort', id })
      // The lane is not free before the process has noticed.
      await over.promise
      this.#calls.delete(id)
    }
  }

  terminate(why?: Error): void {
    this.#process.terminate(why)
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    // Its `load` would not read what it is sent.
    if (this.#isLoaded) this.#process.send({ type: 'close' })
    else this.#process.signal('SIGTERM')
    const timer = setTimeout(() => this.terminate(), this.#isLoaded ? graceMs : Math.min(graceMs, loadGraceMs))
    await this.#process.ended
    clearTimeout(timer)
  }

  #onFrame(frame: Frame): void {
    const { type, id, error } = frame.header as { type: string; id: number; error?: PlainError }
    if (type === 'ready') {
      this.#isLoaded = true
      this.#loaded.resolve()
    } else if (type === 'loadFailed') this.#process.failure = fromPlain(error as PlainError)
    else this.#calls.get(id)?.onFrame(frame)
  }

  #onOver(error: Error): void {
    const { failure } = this.#process
    this.#loaded.reject(failure ?? error)
    const lost = new WorkerLostError(error.message, failure)
    for (const call of this.#calls.values()) call.onLost(lost)
    this.#calls.clear()
    if (!this.#isClosing) this.#onExit(failure ?? error)
  }
}

function resultOf<O>(one: ThreadResult, blob: Uint8Array): O | Error {
  return 'error' in one ? fromPlain(one.error) : (readTensors(one.value, blob) as O)
}
