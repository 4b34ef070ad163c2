import type { Plan } from '../../plan/plan.ts'
import type { Slot } from '../admission.ts'
import type { Model } from '../model.ts'
import type { ModelService } from '../modelService.ts'
import type { SlottedOptions } from '../options.ts'
import { restoreTensors } from '../tensorWays.ts'
import { HostedCall, type Peer } from './hostedCall.ts'
import type { Ask, PlainOptions, ToHost } from './messages.ts'

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
    const calls = new Map<number, HostedCall>()
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

  #receive({ model, id, ask }: Question, calls: Map<number, HostedCall>, peer: Peer): void {
    const call = new HostedCall(id, peer, () => calls.delete(id))
    calls.set(id, call)
    // Whatever fails is for who has asked: this process has the models of others, too.
    this.#serviceOf(model)
      .then((service) => (call.isDropped ? undefined : answer(ask, call, service, (slot) => calls.get(slot)?.slot)))
      .catch((error) => call.fail(error))
  }

  async #serviceOf(model: string): Promise<ModelService> {
    this.#services ??= this.#load().then(servicesOf)
    const service = (await this.#services).get(model)
    if (!service) throw new TypeError(`No operation has a model named '${model}' among its dependencies`)
    return service
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

/** @param slotOf a slot, by the id of the question that has reserved it */
function answer(
  ask: Ask,
  call: HostedCall,
  service: ModelService,
  slotOf: (id: number) => Slot | undefined,
): Promise<void> {
  const optionsOf = ({ slot, options }: { slot: number | undefined; options: PlainOptions }): SlottedOptions => ({
    ...options,
    ...call.bound(slot === undefined ? undefined : slotOf(slot)),
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
