import { HttpError } from '../../errors/HttpError.ts'
import { isLogged } from '../../errors/logged.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Slot } from '../admission.ts'
import type { Model } from '../model.ts'
import type { ModelService } from '../modelService.ts'
import type { SlottedOptions, Timing } from '../options.ts'
import { toPlain } from '../runtimes/messages.ts'
import { restoreTensors, tensorsIn, type Way } from '../tensorWays.ts'
import type { Ask, FromHost, PlainOptions, SharedError, ToHost } from './messages.ts'

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
    // Whatever fails is for who has asked: this process has the models of others, too.
    answerOf(this.#services, model, ask, call, calls).catch((error) => call.fail(error))
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

async function answerOf(
  services: Promise<Services>,
  model: string,
  ask: Ask,
  call: Call,
  calls: ReadonlyMap<number, Call>,
): Promise<void> {
  const service = (await services).get(model)
  if (call.isDropped) return
  if (!service) throw new TypeError(`No operation has a model named '${model}' among its dependencies`)
  const optionsOf = ({ slot, options }: { slot: number | undefined; options: PlainOptions }): SlottedOptions => ({
    ...options,
    ...call.bound(slot === undefined ? undefined : calls.get(slot)?.slot),
  })
  switch (ask.op) {
    case 'open':
      return call.settle(service.open())
    case 'report':
      return call.settle(Promise.resolve(service.report()))
    case 'swap':
      return call.settle(service.swapTo(ask.version))
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
      return call.stream(service.stream(item[0], optionsOf(ask)))
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
      this.#timing = longer(this.#timing, timing)
    }
    return { signal: this.#controller.signal, onTiming, ...(slot ? { slot } : {}) }
  }

  /** @throws what the result throws, and when it cannot be sent */
  async settle(result: Promise<unknown>): Promise<void> {
    const value = await result
    this.#send({ value, tensors: Array.isArray(value) ? tensorsIn(value) : undefined, timing: this.#timing })
  }

  /** Keeps a slot until the process drops it. */
  async hold(reserve: () => Slot | Promise<Slot>): Promise<void> {
    this.slot = await reserve()
    // The process may have given it up while it was on its way.
    if (this.isDropped) return this.slot.release()
    this.#peer.send({ kind: 'model', id: this.#id, value: undefined })
  }

  /** @throws what the stream throws, and when a piece cannot be sent */
  async stream(pieces: AsyncIterable<unknown>): Promise<void> {
    // The times to the first piece go with it, for the headers of an answer that begins with it.
    let isFirst = true
    for await (const piece of pieces) {
      const timing = isFirst ? this.#timing : undefined
      isFirst = false
      while (this.#wanted === 0 && !this.isDropped) await new Promise<void>((resolve) => (this.#wake = resolve))
      if (this.isDropped) return
      this.#wanted--
      this.#peer.send({ kind: 'model', id: this.#id, piece, tensors: tensorsIn([piece]), timing })
    }
    this.#send({ end: true, timing: this.#timing })
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
    if (!this.isDropped) this.#send({ error: toSharedError(error), timing: this.#timing })
  }

  #send(
    answer:
      | { value: unknown; tensors: readonly Way[] | undefined; timing: Timing | undefined }
      | { error: SharedError; timing: Timing | undefined }
      | { end: true; timing: Timing | undefined },
  ): void {
    this.#peer.send({ kind: 'model', id: this.#id, ...answer })
    this.#forget()
  }
}

/** Items of one call go side by side, so it has waited as long as the longest. */
function longer(one: Timing | undefined, other: Timing): Timing {
  if (!one) return other
  return { queueMs: Math.max(one.queueMs, other.queueMs), runMs: Math.max(one.runMs, other.runMs) }
}

function toSharedError(error: unknown): SharedError {
  const headers = error instanceof HttpError ? error.headers : undefined
  // What went wrong inside of the model, for the log of the process that has asked.
  const cause = error instanceof Error && error.cause !== undefined ? toPlain(error.cause) : undefined
  return { ...toPlain(error), headers, cause, isLogged: isLogged(error) }
}
