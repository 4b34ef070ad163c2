import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'
import type { Logger } from '../../input/log.ts'
import { ModelError } from '../errors.ts'
import { type Frame, FrameReader, FrameWriter } from './frames.ts'

/** What a Python process is started with. */
export interface PythonProcessOptions {
  readonly interpreter: string
  readonly runner: string
  readonly model: string
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/** What a process tells. */
export interface PythonProcessEvents {
  onFrame(frame: Frame): void
  /** It has ended, wanted or not, or could not be started. Called once. */
  onOver(error: Error): void
}

/** For the output of a process that has ended to be read, in milliseconds. */
const drainMs = 100

const hasGroups = process.platform !== 'win32'

/** The lines of standard error that are kept for the message when a process ends. */
const lastLines = 10

/** One Python process, from its start to its end. Frames go over its file descriptors 3 and 4, what it prints to the log. */
export class PythonProcess {
  /** Why it ends, where that is known before it does. */
  failure: Error | undefined
  readonly #process: ChildProcess
  readonly #input: Duplex
  readonly #events: PythonProcessEvents
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #lastErrors: string[] = []
  #drain: NodeJS.Timeout | undefined
  #isOver = false

  /** @throws {ModelError} `model_failed` when too many files are open */
  constructor({ interpreter, runner, model, cwd, env, log }: PythonProcessOptions, events: PythonProcessEvents) {
    this.#events = events
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
      this.signal('SIGKILL')
      this.#drain = setTimeout(over, drainMs, code, signal)
    })
  }

  /** Resolves when it has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  send(header: object, writer: FrameWriter = new FrameWriter()): void {
    // In one system call: the other side would wake up for each.
    this.#input.cork()
    for (const part of writer.finish(header)) this.#input.write(part)
    this.#input.uncork()
  }

  /** Ends it at once, with whatever it is doing. */
  terminate(why?: Error): void {
    this.failure ??= why
    this.#process.kill('SIGKILL')
    this.signal('SIGKILL')
  }

  /** For what the model has started, too. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#process
    if (pid === undefined || this.#isOver) return
    if (!hasGroups) return void this.#process.kill(signal)
    try {
      process.kill(-pid, signal)
    } catch {
      // Nothing is left of it.
    }
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const frame of reader.push(chunk)) this.#events.onFrame(frame)
    } catch (error) {
      this.failure = error as Error
      this.terminate()
    }
  }

  #over(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ended.resolve()
    this.#events.onOver(error)
  }

  #exitFailure(code: number | null, signal: string | null): ModelError {
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
    const said = this.#lastErrors.length > 0 ? `:\n${this.#lastErrors.join('\n')}` : ''
    return new ModelError('model_failed', `The Python process of the model ${how}${said}`, this.failure)
  }
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
