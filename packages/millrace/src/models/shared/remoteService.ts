import { HttpError } from '../../errors/HttpError.ts'
import { withoutFrames } from '../../errors/withoutFrames.ts'
import type { Logger } from '../../input/log.ts'
import { Slot } from '../admission.ts'
import {
  CallerLimitError,
  DeadlineError,
  ItemTooLargeError,
  ModelError,
  ModelUnavailableError,
  QueueFullError,
  StreamStalledError,
  TooManyItemsError,
  WorkerLostError,
} from '../errors.ts'
import type { ModelService } from '../modelService.ts'
import type { SlottedOptions, Timing } from '../options.ts'
import { errorLike, fromPlain } from '../runtimes/errors.ts'
import { Pieces } from '../runtimes/pieces.ts'
import type { ModelReport } from '../status.ts'
import { restoreTensors, tensorsIn } from '../tensorWays.ts'
import { after } from '../timer.ts'
import type { Ask, FromHost, PlainOptions, ToHost } from './messages.ts'

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

/** For a model's state, and for a place in its queue, in milliseconds: neither waits for the model. */
const promptMs = 10_000
/** Beyond the deadline of an item. The process with the models tells of it first, unless it is stuck or stopped. */
const marginMs = 500
/** Set for processes whose parent has the models. */
const hostVariable = 'MILLRACE_MODEL_HOST'

/** What a parent adds to the environment of the processes for which it has the models. */
export const hostEnvironment: Readonly<Record<string, string>> = { [hostVariable]: '1' }

/** Whether the parent of this process has the models. */
export function hasModelHost(): boolean {
  return process.env[hostVariable] === '1' && process.send !== undefined
}

type Answer = (message: FromHost) => void

const answers = new Map<number, Answer>()
let nextId = 1
let isListening = false

/** Sends a message to the parent, and keeps `onAnswer` for what comes back. */
function ask(model: string, question: Ask, onAnswer: Answer): number {
  if (!isListening) {
    isListening = true
    process.on('message', (message: FromHost) => {
      if (message?.kind === 'model') answers.get(message.id)?.(message)
    })
    process.on('disconnect', () => {
      for (const id of [...answers.keys()]) tellOfEnd(id)
    })
  }
  const id = nextId++
  answers.set(id, onAnswer)
  if (!process.connected) queueMicrotask(() => tellOfEnd(id))
  else
    try {
      tell({ kind: 'model', model, id, ask: question })
    } catch (error) {
      // What cannot travel between processes, such as a function, gets no answer either.
      answers.delete(id)
      throw error
    }
  return id
}

function tellOfEnd(id: number): void {
  const error = {
    name: 'Error',
    message: 'The process with the models has ended',
    stack: undefined,
    status: 503,
    code: 'model_unavailable',
    headers: undefined,
    cause: undefined,
    isLogged: false,
  }
  answers.get(id)?.({ kind: 'model', id, error })
}

function tell(message: ToHost): void {
  if (process.connected) process.send?.(message)
}

/** A slot that was reserved in the process with the models. */
class RemoteSlot extends Slot {
  readonly id: number

  constructor(id: number) {
    super({
      caller: undefined,
      // It is counted where the model is, when the call that has it comes there.
      countFor: () => undefined,
      release: () => {
        answers.delete(id)
        tell({ kind: 'modelDrop', id })
      },
    })
    this.id = id
  }
}

/** A model that runs in the parent of this process. */
export class RemoteService implements ModelService {
  readonly #name: string
  readonly #deadlineMs: number
  readonly #log: Logger

  /** @param deadlineMs for items that have none of their own */
  constructor(name: string, { deadlineMs, log }: { readonly deadlineMs: number; readonly log: Logger }) {
    this.#name = name
    this.#deadlineMs = deadlineMs
    this.#log = log
  }

  async open(): Promise<void> {
    // Loading takes as long as it takes.
    await this.#call({ op: 'open' }, Number.POSITIVE_INFINITY)
  }

  /** The model belongs to the parent and goes on. */
  async close(): Promise<void> {}

  async swap(): Promise<void> {
    const why = 'a runtime cannot be told to the process that has it: name it in `versions`, and swap to that name'
    throw new TypeError(`The model '${this.#name}' is shared by several processes, and ${why}`)
  }

  /** For all processes that share the model. */
  async swapTo(version: string): Promise<void> {
    await this.#call({ op: 'swap', version }, Number.POSITIVE_INFINITY)
  }

  async report(): Promise<ModelReport> {
    return (await this.#call({ op: 'report' }, promptMs)).value as ModelReport
  }

  /** Neither is it where the process that has it does not answer. */
  isServing(): Promise<boolean> {
    return this.report().then(
      ({ status }) => status.state !== 'down',
      () => false,
    )
  }

  async reserve(caller: string | undefined): Promise<Slot> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot>()
    const id = ask(this.#name, { op: 'reserve', caller }, (message) => {
      clearTimeout(timer)
      if ('error' in message) {
        answers.delete(id)
        reject(errorOf(message))
      } else resolve(new RemoteSlot(id))
    })
    const timer = after(promptMs, () => {
      answers.delete(id)
      tell({ kind: 'modelDrop', id })
      reject(this.#late(promptMs))
    })
    return promise
  }

  async run(item: unknown, options: SlottedOptions): Promise<unknown> {
    const [result] = await this.runMany([item], options)
    return result
  }

  async runMany(items: readonly unknown[], options: SlottedOptions): Promise<unknown[]> {
    const { slot, plain } = split(options)
    const { deadlineMs = this.#deadlineMs, signal, onTiming } = options
    const question: Ask = { op: 'run', items, tensors: tensorsIn(items), slot, options: plain }
    const { value, tensors } = await this.#call(question, deadlineMs, signal, onTiming)
    const results = value as unknown[]
    restoreTensors(results, tensors)
    return results
  }

  async *stream(item: unknown, options: SlottedOptions): AsyncGenerator<unknown, void, undefined> {
    const { slot, plain } = split(options)
    const { signal } = options
    signal?.throwIfAborted()
    const pieces = new Pieces<unknown>()
    const { deadlineMs = this.#deadlineMs } = options
    const id = ask(this.#name, { op: 'stream', item, tensors: tensorsIn([item]), slot, options: plain }, (message) => {
      clearTimeout(timer)
      this.#tellTiming(message, options.onTiming)
      if ('piece' in message) {
        const piece = [message.piece]
        restoreTensors(piece, message.tensors)
        pieces.push(piece[0])
      } else pieces.end('error' in message ? errorOf(message) : undefined)
    })
    // It is for the first piece; the process with the models sees to the others.
    const timer = after(deadlineMs + marginMs, () => pieces.end(this.#late(deadlineMs)))
    const onAbort = () => pieces.end(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      tell({ kind: 'modelPull', id, pieces: streamWindow })
      yield* pieces.read(() => tell({ kind: 'modelPull', id, pieces: 1 }))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      answers.delete(id)
      tell({ kind: 'modelDrop', id })
    }
  }

  #late(deadlineMs: number): DeadlineError {
    return DeadlineError.of(this.#name, deadlineMs)
  }

  #tellTiming({ timing }: FromHost, onTiming: SlottedOptions['onTiming']): void {
    try {
      if (timing) onTiming?.(timing)
    } catch (error) {
      this.#log.warn('onTiming threw', { model: this.#name, error })
    }
  }

  #call(
    question: Ask,
    deadlineMs: number,
    signal?: AbortSignal,
    onTiming?: (timing: Timing) => void,
  ): Promise<Extract<FromHost, { value: unknown }>> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = (finish: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        answers.delete(id)
        finish()
      }
      const id = ask(this.#name, question, (message) =>
        settle(() => {
          this.#tellTiming(message, onTiming)
          if ('error' in message) reject(errorOf(message))
          else if ('value' in message) resolve(message)
        }),
      )
      const giveUp = (reason: unknown) => {
        tell({ kind: 'modelDrop', id })
        settle(() => reject(reason))
      }
      const timer = after(deadlineMs + marginMs, () => giveUp(this.#late(deadlineMs)))
      const onAbort = () => giveUp(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function split({ slot, priority, deadlineMs, caller }: SlottedOptions): {
  slot: number | undefined
  plain: PlainOptions
} {
  return {
    slot: slot instanceof RemoteSlot ? slot.id : undefined,
    plain: {
      ...(priority === undefined ? {} : { priority }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(caller === undefined ? {} : { caller }),
    },
  }
}

/** An error of the process with the models as it was there: of the same class, with the same code. */
function errorOf({ error }: Extract<FromHost, { error: unknown }>): Error {
  const { name, status, message, code, headers } = error
  const cause = error.cause && errorLike(error.cause)
  if (status === undefined)
    return name === 'ModelError' ? withoutFrames(() => new ModelError(code as never, message, cause)) : fromPlain(error)
  const made = new HttpError(status, message, {
    ...(code === undefined ? {} : { code }),
    ...(headers ? { headers } : {}),
    ...(cause ? { cause } : {}),
  })
  const errorClass = classes[name]
  if (!errorClass) return made
  // Their constructors write the message, which is there already.
  Object.setPrototypeOf(made, errorClass.prototype)
  const retryAfterMs = Number(headers?.['retry-after-ms'])
  return Object.assign(made, { name }, errorClass === QueueFullError ? { retryAfterMs } : {})
}

const classes: Readonly<Record<string, typeof HttpError | (new (...args: never) => HttpError)>> = {
  QueueFullError,
  CallerLimitError,
  DeadlineError,
  ModelUnavailableError,
  ItemTooLargeError,
  StreamStalledError,
  TooManyItemsError,
  WorkerLostError,
}
