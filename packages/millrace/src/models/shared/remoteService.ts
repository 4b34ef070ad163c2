import type { Logger } from '../../input/log.ts'
import { Slot } from '../admission.ts'
import { DeadlineError } from '../errors.ts'
import type { ModelService } from '../modelService.ts'
import type { RunOptions, SlottedOptions } from '../options.ts'
import { Pieces } from '../runtimes/pieces.ts'
import type { ModelReport } from '../status.ts'
import { tellTiming } from '../tellTiming.ts'
import { restoreTensors, tensorsIn } from '../tensorWays.ts'
import { after } from '../timer.ts'
import { ask, drop, forget, pull } from './hostChannel.ts'
import type { Ask, FromHost, PlainOptions } from './messages.ts'
import { fromSharedError } from './sharedErrors.ts'

/** Pieces of a stream that may be on their way before the reader has taken them. */
const streamWindow = 16

/** For a model's state, and for a place in its queue, in milliseconds: neither waits for the model. */
const promptMs = 10_000
/** Beyond the deadline of an item. The process with the models tells of it first, unless it is stuck or stopped. */
const marginMs = 500

/** What is needed of a model that runs elsewhere. */
export interface RemoteServiceOptions {
  readonly name: string
  /** For items that have none of their own. */
  readonly deadlineMs: number
  readonly log: Logger
}

/** For how long an answer is waited for, and who is told where the time went. */
interface Waiting {
  readonly deadlineMs: number
  readonly signal?: RunOptions['signal'] | undefined
  readonly onTiming?: RunOptions['onTiming'] | undefined
}

/** A model that runs in the parent of this process. */
export class RemoteService implements ModelService {
  readonly #options: RemoteServiceOptions

  constructor(options: RemoteServiceOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    // Loading takes as long as it takes.
    await this.#call({ op: 'open' }, { deadlineMs: Number.POSITIVE_INFINITY })
  }

  /** The model belongs to the parent and goes on. */
  async close(): Promise<void> {}

  async swap(): Promise<void> {
    const why = 'a runtime cannot be told to the process that has it: name it in `versions`, and swap to that name'
    throw new TypeError(`The model '${this.#options.name}' is shared by several processes, and ${why}`)
  }

  /** For all processes that share the model. */
  async swapTo(version: string): Promise<void> {
    await this.#call({ op: 'swap', version }, { deadlineMs: Number.POSITIVE_INFINITY })
  }

  async report(): Promise<ModelReport> {
    return (await this.#call({ op: 'report' }, { deadlineMs: promptMs })).value as ModelReport
  }

  /** Neither is it where the process that has it does not answer. */
  isServing(): Promise<boolean> {
    return this.report().then(
      ({ status }) => status.state !== 'down',
      () => false,
    )
  }

  async reserve(caller: string | undefined): Promise<Slot> {
    return new RemoteSlot((await this.#call({ op: 'reserve', caller }, { deadlineMs: promptMs })).id)
  }

  async run(item: unknown, options: SlottedOptions): Promise<unknown> {
    const [result] = await this.runMany([item], options)
    return result
  }

  async runMany(items: readonly unknown[], options: SlottedOptions): Promise<unknown[]> {
    const question: Ask = { op: 'run', items, tensors: tensorsIn(items), ...termsOf(options) }
    const { value, tensors } = await this.#call(question, this.#waitingOf(options))
    const results = value as unknown[]
    restoreTensors(results, tensors)
    return results
  }

  async *stream(item: unknown, options: SlottedOptions): AsyncGenerator<unknown, void, undefined> {
    const { name } = this.#options
    const { signal, deadlineMs, onTiming } = this.#waitingOf(options)
    signal?.throwIfAborted()
    const pieces = new Pieces<unknown>()
    const question: Ask = { op: 'stream', item, tensors: tensorsIn([item]), ...termsOf(options) }
    const id = ask(name, question, (message) => {
      clearTimeout(timer)
      if (message.timing) tellTiming(onTiming, message.timing, this.#options)
      if ('piece' in message) {
        const piece = [message.piece]
        restoreTensors(piece, message.tensors)
        pieces.push(piece[0])
      } else pieces.end('error' in message ? fromSharedError(message.error) : undefined)
    })
    // It is for the first piece; the process with the models sees to the others.
    const timer = after(deadlineMs + marginMs, () => pieces.end(DeadlineError.of(name, deadlineMs)))
    const onAbort = () => pieces.end(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      pull(id, streamWindow)
      yield* pieces.read(() => pull(id, 1))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      drop(id)
    }
  }

  #waitingOf({ deadlineMs = this.#options.deadlineMs, signal, onTiming }: RunOptions): Waiting {
    return { deadlineMs, signal, onTiming }
  }

  /** @throws {HttpError} what the parent says, or that it has not answered in time */
  #call(question: Ask, { deadlineMs, signal, onTiming }: Waiting): Promise<Extract<FromHost, { value: unknown }>> {
    const { name } = this.#options
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        forget(id)
      }
      const id = ask(name, question, (message) => {
        settle()
        if (message.timing) tellTiming(onTiming, message.timing, this.#options)
        if ('error' in message) reject(fromSharedError(message.error))
        else if ('value' in message) resolve(message)
      })
      const giveUp = (reason: unknown) => {
        settle()
        drop(id)
        reject(reason)
      }
      const timer = after(deadlineMs + marginMs, () => giveUp(DeadlineError.of(name, deadlineMs)))
      const onAbort = () => giveUp(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

/** A slot that was reserved in the process with the models, by the question of this id. */
class RemoteSlot extends Slot {
  readonly id: number

  constructor(id: number) {
    super({
      caller: undefined,
      // It is counted where the model is, when the call that has it comes there.
      countFor: () => undefined,
      release: () => drop(id),
    })
    this.id = id
  }
}

/** How an item is to be run, as far as the process with the models has to know. */
function termsOf({ slot, priority, deadlineMs, caller }: SlottedOptions): {
  slot: number | undefined
  options: PlainOptions
} {
  return {
    slot: slot instanceof RemoteSlot ? slot.id : undefined,
    options: {
      ...(priority === undefined ? {} : { priority }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(caller === undefined ? {} : { caller }),
    },
  }
}
