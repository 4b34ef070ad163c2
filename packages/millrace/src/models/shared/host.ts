import { HttpError } from '../../errors/HttpError.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Slot } from '../admission.ts'
import { Model } from '../model.ts'
import { toPlain } from '../runtimes/messages.ts'
import type { Timing } from '../scheduler.ts'
import type { ModelService } from '../service.ts'
import type { FromHost, ToHost } from './messages.ts'

/** A process that serves HTTP, as the one with the models sees it. */
export interface Peer {
  send(message: FromHost): void
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}

/**
 * Has the models of an app, one copy of each, and runs them for the processes that serve its requests, so
 * that memory does not grow with their number and their items share batches.
 */
export class ModelHost {
  readonly #services: ReadonlyMap<string, ModelService>

  /** @throws {TypeError} when two models have one name */
  constructor(plans: readonly Plan[]) {
    const models = new Set(plans.flatMap((plan) => plan.dependencies.map(({ dependency }) => dependency)))
    const services = new Map<string, ModelService>()
    for (const model of models) {
      if (!(model instanceof Model)) continue
      const { name, service } = model['~host']()
      if (services.has(name)) throw new TypeError(`Two models are named '${name}': processes cannot tell them apart`)
      services.set(name, service)
    }
    this.#services = services
  }

  /** How many models it has. */
  get size(): number {
    return this.#services.size
  }

  /** Answers a process until it is gone. */
  serve(peer: Peer): void {
    const calls = new Map<number, Call>()
    peer.onMessage((message) => {
      const { kind, id } = message as ToHost
      if (kind === 'modelPull') calls.get(id)?.demand((message as Extract<ToHost, { kind: 'modelPull' }>).pieces)
      else if (kind === 'modelDrop') calls.get(id)?.drop()
      else if (kind === 'model') this.#answer(message as Extract<ToHost, { kind: 'model' }>, calls, peer)
    })
    peer.onGone(() => {
      for (const call of calls.values()) call.drop()
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()))
  }

  #answer({ model, id, ask }: Extract<ToHost, { kind: 'model' }>, calls: Map<number, Call>, peer: Peer): void {
    const service = this.#services.get(model)
    const call = new Call(id, peer, () => calls.delete(id))
    calls.set(id, call)
    if (!service) return call.fail(new TypeError(`There is no model named '${model}'`))
    const slotOf = (slot: number | undefined) => (slot === undefined ? undefined : calls.get(slot)?.slot)
    switch (ask.op) {
      case 'open':
        return call.settle(service.open())
      case 'status':
        return call.settle(Promise.resolve(service.status()))
      case 'reserve':
        return call.hold(() => service.reserve(ask.caller))
      case 'run': {
        const options = { ...ask.options, ...call.bound(slotOf(ask.slot)) }
        const [first] = ask.items
        return call.settle(
          ask.items.length === 1
            ? service.run(first, options).then((one) => [one])
            : service.runMany(ask.items, options),
        )
      }
      case 'stream':
        return void call.stream(service.stream(ask.item, { ...ask.options, ...call.bound(slotOf(ask.slot)) }))
    }
  }
}

/** One question of a process, until it has been answered or dropped. */
class Call {
  slot: Slot | undefined
  readonly #id: number
  readonly #peer: Peer
  readonly #forget: () => void
  readonly #controller = new AbortController()
  #timing: Timing | undefined
  #wanted = 0
  #wake: (() => void) | undefined

  constructor(id: number, peer: Peer, forget: () => void) {
    this.#id = id
    this.#peer = peer
    this.#forget = forget
  }

  /** Options that tie a run to this call. */
  bound(slot: Slot | undefined): { signal: AbortSignal; onTiming: (timing: Timing) => void; slot?: Slot } {
    const onTiming = (timing: Timing) => {
      this.#timing = timing
    }
    return { signal: this.#controller.signal, onTiming, ...(slot ? { slot } : {}) }
  }

  settle(result: Promise<unknown>): void {
    result.then(
      (value) => this.#send({ value, timing: this.#timing }),
      (error) => this.fail(error),
    )
  }

  /** Keeps a slot until the process drops it. */
  hold(reserve: () => Slot | Promise<Slot>): void {
    const keep = async () => {
      this.slot = await reserve()
      // The process may have given it up while it was on its way.
      if (this.#controller.signal.aborted) return this.slot.release()
      this.#peer.send({ kind: 'model', id: this.#id, value: undefined })
    }
    keep().catch((error) => this.fail(error))
  }

  async stream(pieces: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const piece of pieces) {
        while (this.#wanted === 0 && !this.#controller.signal.aborted)
          await new Promise<void>((resolve) => (this.#wake = resolve))
        if (this.#controller.signal.aborted) break
        this.#wanted--
        this.#peer.send({ kind: 'model', id: this.#id, piece })
      }
      this.#send({ end: true, timing: this.#timing })
    } catch (error) {
      this.fail(error)
    }
  }

  demand(pieces: number): void {
    this.#wanted += pieces
    this.#wake?.()
  }

  /** The process wants no answer any more. */
  drop(): void {
    this.slot?.release()
    this.#controller.abort()
    this.#wake?.()
    this.#forget()
  }

  fail(error: unknown): void {
    const headers = error instanceof HttpError ? error.headers : undefined
    this.#send({ error: { ...toPlain(error), headers } })
  }

  #send(
    answer:
      | { value: unknown; timing: Timing | undefined }
      | { error: ReturnType<typeof toPlain> & { headers?: Readonly<Record<string, string>> | undefined } }
      | { end: true; timing: Timing | undefined },
  ): void {
    this.#peer.send({ kind: 'model', id: this.#id, ...answer })
    this.#forget()
  }
}
