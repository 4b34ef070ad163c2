import { HttpError } from '../../errors/HttpError.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Slot } from '../admission.ts'
import type { Model } from '../model.ts'
import type { SlottedOptions, Timing } from '../options.ts'
import { toPlain } from '../runtimes/messages.ts'
import type { ModelService } from '../service.ts'
import { restoreTensors, tensorsIn, type Way } from '../tensorWays.ts'
import type { Ask, FromHost, PlainOptions, ToHost } from './messages.ts'

/** A process that serves HTTP, as the one with the models sees it. */
export interface Peer {
  send(message: FromHost): void
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}

/**
 * Has the models of an app, one copy of each, and runs them for the processes that serve its requests, so
 * that memory does not grow with their number and their items share batches. The app is loaded when one of
 * them asks for a model, and not at all when none does.
 */
export class ModelHost {
  readonly #load: () => Promise<readonly Plan[]>
  #services: Promise<Services> | undefined

  constructor(load: () => Promise<readonly Plan[]>) {
    this.#load = load
  }

  /** Answers a process until it is gone. */
  serve(peer: Peer): void {
    const calls = new Map<number, Call>()
    peer.onMessage((message) => {
      const asked = message as ToHost
      if (asked.kind === 'modelPull') calls.get(asked.id)?.demand(asked.pieces)
      else if (asked.kind === 'modelDrop') calls.get(asked.id)?.drop()
      else if (asked.kind === 'model') this.#receive(asked, calls, peer)
    })
    peer.onGone(() => {
      for (const call of calls.values()) call.drop()
    })
  }

  async close(): Promise<void> {
    const services = await this.#services?.catch(() => undefined)
    await Promise.all([...(services?.values() ?? [])].map((service) => service.close()))
  }

  #receive({ model, id, ask }: Question, calls: Map<number, Call>, peer: Peer): void {
    const call = new Call(id, peer, () => calls.delete(id))
    calls.set(id, call)
    this.#services ??= this.#load().then(servicesOf)
    this.#services.then(
      (services) => {
        const service = services.get(model)
        if (call.isDropped) return
        if (service) answer(service, ask, call, calls)
        else call.fail(new TypeError(`No operation has a model named '${model}' among its dependencies`))
      },
      (error) => call.fail(error),
    )
  }
}

type Services = ReadonlyMap<string, ModelService>
type Question = Extract<ToHost, { kind: 'model' }>

/** @throws {TypeError} when two models have one name */
function servicesOf(plans: readonly Plan[]): Services {
  const dependencies = new Set(plans.flatMap((plan) => plan.dependencies.map(({ dependency }) => dependency)))
  const services = new Map<string, ModelService>()
  for (const dependency of dependencies) {
    // By its shape, not its class: the app may use another copy of the package than this process does.
    if (!('~host' in dependency)) continue
    const { name, service } = (dependency as Model)['~host']()
    // One model may stand there twice: for requests, and for app-scoped dependencies.
    if ((services.get(name) ?? service) !== service)
      throw new TypeError(`Two models are named '${name}': processes cannot tell them apart`)
    services.set(name, service)
  }
  return services
}

function answer(service: ModelService, ask: Ask, call: Call, calls: ReadonlyMap<number, Call>): void {
  const optionsOf = ({ slot, options }: { slot: number | undefined; options: PlainOptions }): SlottedOptions => ({
    ...options,
    ...call.bound(slot === undefined ? undefined : calls.get(slot)?.slot),
  })
  switch (ask.op) {
    case 'open':
      return call.settle(service.open())
    case 'status':
      return call.settle(Promise.resolve(service.status()))
    case 'reserve':
      return call.hold(() => service.reserve(ask.caller))
    case 'run': {
      const { items } = ask
      restoreTensors(items, ask.tensors)
      const options = optionsOf(ask)
      return call.settle(
        items.length === 1 ? service.run(items[0], options).then((one) => [one]) : service.runMany(items, options),
      )
    }
    case 'stream': {
      const item = [ask.item]
      restoreTensors(item, ask.tensors)
      return void call.stream(service.stream(item[0], optionsOf(ask)))
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

  get isDropped(): boolean {
    return this.#controller.signal.aborted
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
      (value) =>
        this.#send({ value, tensors: Array.isArray(value) ? tensorsIn(value) : undefined, timing: this.#timing }),
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
        this.#peer.send({ kind: 'model', id: this.#id, piece, tensors: tensorsIn([piece]) })
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
      | { value: unknown; tensors: readonly Way[] | undefined; timing: Timing | undefined }
      | { error: ReturnType<typeof toPlain> & { headers?: Readonly<Record<string, string>> | undefined } }
      | { end: true; timing: Timing | undefined },
  ): void {
    this.#peer.send({ kind: 'model', id: this.#id, ...answer })
    this.#forget()
  }
}
