import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'
import type { Logger } from '../../input/log.ts'
import { ModelError, WorkerLostError } from '../errors.ts'
import type { Results } from '../runtime.ts'
import { fromPlain } from './errors.ts'
import { type Frame, FrameReader, FrameWriter, readTensors } from './frames.ts'
import { merge } from './merge.ts'
import type { PlainError, ThreadResult } from './messages.ts'
import { Pieces } from './pieces.ts'
import type { Worker } from './supervised.ts'

/** What a Python process is started with. */
export interface PythonProcess {
  readonly interpreter: string
  readonly runner: string
  readonly model: string
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

/** For the output of a process that has ended to be read, in milliseconds. */
const drainMs = 100

/** For a model that is still loading to end by SIGTERM, in milliseconds. */
const loadGraceMs = 500

const hasGroups = process.platform !== 'win32'

/** The lines of standard error that are kept for the message when a process ends. */
const lastLines = 10

/** A call that a process is working on. */
interface Call {
  onFrame(frame: Frame): void
  onLost(error: Error): void
}

/** One Python process with one copy of the model. Frames go over its file descriptors 3 and 4. */
export class PythonWorker implements Worker {
  readonly #process: ChildProcess
  readonly #input: Duplex
  readonly #calls = new Map<number, Call>()
  readonly #loaded: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #exited: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #lastErrors: string[] = []
  readonly #onExit: (error: Error) => void
  #nextId = 0
  #failure: Error | undefined
  #drain: NodeJS.Timeout | undefined
  #isLoaded = false
  #isClosing = false
  #isOver = false

  constructor(options: PythonProcess, onExit: (error: Error) => void) {
    const { interpreter, runner, model, cwd, env, log } = options
    this.#onExit = onExit
    this.#loaded.promise.catch(() => undefined)
    // -u: what the model prints is in the log when it is printed.
    this.#process = spawn(interpreter, ['-u', runner, model], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that what the model has started can be ended with it.
      detached: hasGroups,
    })
    // Where the system has no file descriptors left there are none of these, whatever their types say.
    const pipes = this.#process.stdio as unknown as [null, Readable, Readable, Duplex, Readable] | undefined
    if (!pipes) {
      this.#process.once('error', () => undefined)
      throw new ModelError('model_failed', 'A Python process cannot be started: too many files are open (ulimit -n)')
    }
    const [, output, errors, input, frames] = pipes
    this.#input = input
    // A process that has gone is told by its 'exit'; a write that fails because of it says nothing new.
    input.on('error', () => undefined)
    createInterface({ input: output }).on('line', (line) => log.info(line, { stream: 'stdout' }))
    createInterface({ input: errors }).on('line', (line) => {
      this.#lastErrors.push(line)
      if (this.#lastErrors.length > lastLines) this.#lastErrors.shift()
      log.warn(line, { stream: 'stderr' })
    })
    const reader = new FrameReader()
    frames.on('data', (chunk: Buffer) => this.#receive(reader, chunk))
    this.#process.once('error', (error: NodeJS.ErrnoException) => this.#over(spawnFailure(error, interpreter, cwd)))
    // 'close' comes once all that it wrote has been read. But a child of the model that has left the group may
    // keep its output open for as long as it likes.
    const over = (code: number | null, signal: string | null) => {
      clearTimeout(this.#drain)
      for (const pipe of [output, errors, input, frames]) pipe.destroy()
      this.#over(this.#exitFailure(code, signal))
    }
    this.#process.once('close', over)
    this.#process.once('exit', (code, signal) => {
      this.#signalGroup('SIGKILL')
      this.#drain = setTimeout(over, drainMs, code, signal)
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
        if (encoded.length > 0) this.#send({ type: 'run', id, items: encoded }, writer)
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
      this.#send({ type: 'stream', id, item: encoded }, writer)
      this.#send({ type: 'pull', id, pieces: streamWindow })
      yield* pieces.read(() => this.#send({ type: 'pull', id, pieces: 1 }))
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#send({ type: 'abort', id })
      // The lane is not free before the process has noticed.
      await over.promise
      this.#calls.delete(id)
    }
  }

  terminate(why?: Error): void {
    this.#failure ??= why
    this.#process.kill('SIGKILL')
    this.#signalGroup('SIGKILL')
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    // Its `load` would not read what it is sent.
    if (this.#isLoaded) this.#send({ type: 'close' })
    else this.#signalGroup('SIGTERM')
    const timer = setTimeout(() => this.terminate(), this.#isLoaded ? graceMs : Math.min(graceMs, loadGraceMs))
    await this.#exited.promise
    clearTimeout(timer)
  }

  /** For what the model has started, too. */
  #signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#process
    if (pid === undefined || this.#isOver) return
    if (!hasGroups) return void this.#process.kill(signal)
    try {
      process.kill(-pid, signal)
    } catch {
      // Nothing is left of it.
    }
  }

  #send(header: object, writer: FrameWriter = new FrameWriter()): void {
    // In one system call: the other side would wake up for each.
    this.#input.cork()
    for (const part of writer.finish(header)) this.#input.write(part)
    this.#input.uncork()
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const frame of reader.push(chunk)) this.#onFrame(frame)
    } catch (error) {
      this.#failure = error as Error
      this.terminate()
    }
  }

  #onFrame(frame: Frame): void {
    const { type, id, error } = frame.header as { type: string; id: number; error?: PlainError }
    if (type === 'ready') {
      this.#isLoaded = true
      this.#loaded.resolve()
    } else if (type === 'loadFailed') this.#failure = fromPlain(error as PlainError)
    else this.#calls.get(id)?.onFrame(frame)
  }

  #over(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#loaded.reject(this.#failure ?? error)
    const lost = new WorkerLostError(error.message, this.#failure)
    for (const call of this.#calls.values()) call.onLost(lost)
    this.#calls.clear()
    this.#exited.resolve()
    if (!this.#isClosing) this.#onExit(this.#failure ?? error)
  }

  #exitFailure(code: number | null, signal: string | null): ModelError {
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
    const said = this.#lastErrors.length > 0 ? `:\n${this.#lastErrors.join('\n')}` : ''
    return new ModelError('model_failed', `The Python process of the model ${how}${said}`, this.#failure)
  }
}

function resultOf<O>(one: ThreadResult, blob: Uint8Array): O | Error {
  return 'error' in one ? fromPlain(one.error) : (readTensors(one.value, blob) as O)
}

function spawnFailure(error: NodeJS.ErrnoException, interpreter: string, cwd: string | undefined): Error {
  if (cwd !== undefined && !existsSync(cwd))
    return new ModelError('model_failed', `There is no folder '${cwd}', which python(file, { cwd }) names`, error)
  if (error.code !== 'ENOENT') return error
  return new ModelError(
    'model_failed',
    `Python was not found at '${interpreter}': install it, or name another one with python(file, { interpreter }) or { venv }`,
    error,
  )
}
