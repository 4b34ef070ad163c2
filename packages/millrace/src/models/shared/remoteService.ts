import { HttpError } from '../../errors/HttpError.ts'
import { Slot } from '../admission.ts'
import { ModelUnavailableError } from '../errors.ts'
import type { ModelStatus } from '../model.ts'
import type { SlottedOptions, Timing } from '../options.ts'
import { fromPlain } from '../runtimes/errors.ts'
import { Pieces } from '../runtimes/pieces.ts'
import type { ModelService } from '../service.ts'
import type { Ask, FromHost, PlainOptions, ToHost } from './messages.ts'

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

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
      const error = {
        name: 'Error',
        message: 'The process with the models has ended',
        stack: undefined,
        status: 503,
        code: 'model_unavailable',
      }
      for (const [id, answer] of answers) answer({ kind: 'model', id, error })
    })
  }
  const id = nextId++
  answers.set(id, onAnswer)
  tell({ kind: 'model', model, id, ask: question })
  return id
}

function tell(message: ToHost): void {
  if (process.connected) process.send?.(message)
}

/** A slot that was reserved in the process with the models. */
class RemoteSlot extends Slot {
  readonly id: number

  constructor(id: number) {
    super(() => {
      answers.delete(id)
      tell({ kind: 'modelDrop', id })
    })
    this.id = id
  }
}

/** A model that runs in the parent of this process. */
export class RemoteService implements ModelService {
  readonly #name: string
  #status: ModelStatus

  constructor(name: string, status: ModelStatus) {
    this.#name = name
    this.#status = status
  }

  async open(): Promise<void> {
    await this.#call({ op: 'open' })
    await this.currentStatus()
  }

  /** The model belongs to the parent and goes on. */
  async close(): Promise<void> {}

  swap(): Promise<void> {
    return Promise.reject(
      new ModelUnavailableError(this.#name, 'is shared by several processes and cannot be swapped by one of them'),
    )
  }

  /** As it was when the parent was last asked; asking goes on in the background. */
  status(): ModelStatus {
    this.currentStatus().catch(() => undefined)
    return this.#status
  }

  async currentStatus(): Promise<ModelStatus> {
    this.#status = (await this.#call({ op: 'status' })).value as ModelStatus
    return this.#status
  }

  async reserve(caller: string): Promise<Slot> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot>()
    const id = ask(this.#name, { op: 'reserve', caller }, (message) => {
      if ('error' in message) reject(errorOf(message))
      else resolve(new RemoteSlot(id))
    })
    return promise
  }

  async run(item: unknown, options: SlottedOptions): Promise<unknown> {
    const [result] = await this.runMany([item], options)
    return result
  }

  async runMany(items: readonly unknown[], options: SlottedOptions): Promise<unknown[]> {
    const { slot, plain } = split(options)
    const { value, timing } = await this.#call({ op: 'run', items, slot, options: plain }, options.signal)
    if (timing) options.onTiming?.(timing)
    return value as unknown[]
  }

  async *stream(item: unknown, options: SlottedOptions): AsyncGenerator<unknown, void, undefined> {
    const { slot, plain } = split(options)
    const { signal } = options
    signal?.throwIfAborted()
    const pieces = new Pieces<unknown>()
    const id = ask(this.#name, { op: 'stream', item, slot, options: plain }, (message) => {
      if ('piece' in message) pieces.push(message.piece)
      else pieces.end('error' in message ? errorOf(message) : undefined)
    })
    const onAbort = () => pieces.end(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      tell({ kind: 'modelPull', id, pieces: streamWindow })
      yield* pieces.read(() => tell({ kind: 'modelPull', id, pieces: 1 }))
    } finally {
      signal?.removeEventListener('abort', onAbort)
      answers.delete(id)
      tell({ kind: 'modelDrop', id })
    }
  }

  #call(question: Ask, signal?: AbortSignal): Promise<{ value: unknown; timing?: Timing | undefined }> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = (finish: () => void) => {
        signal?.removeEventListener('abort', onAbort)
        answers.delete(id)
        finish()
      }
      const id = ask(this.#name, question, (message) =>
        settle(() => {
          if ('error' in message) reject(errorOf(message))
          else if ('value' in message) resolve(message)
        }),
      )
      const onAbort = () => {
        tell({ kind: 'modelDrop', id })
        settle(() => reject(signal?.reason))
      }
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

function errorOf({ error }: Extract<FromHost, { error: unknown }>): Error {
  if (error.status === undefined) return fromPlain(error)
  const { status, message, code, headers } = error
  return new HttpError(status, message, { ...(code === undefined ? {} : { code }), ...(headers ? { headers } : {}) })
}
