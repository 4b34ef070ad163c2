import type { ModelDefinition } from '../defineModel.ts'
import { numberChecks } from '../numberChecks.ts'
import { factoryOf, type Results, type Runtime, type RuntimeEvents, type RuntimeFactory } from '../runtime.ts'
import { forCaller } from './errors.ts'

/** A model that runs inline. */
export interface InlineDefinition<M = unknown, I = unknown, O = unknown> extends ModelDefinition<M, I, O> {
  /** Batches at the same time. Default 1. */
  readonly concurrency?: number
}

/**
 * Runs a model on the event loop: for work that waits for something else, such as a call to a provider.
 * Work that computes would hold up every other request; give it to `workers()` or `python()`.
 *
 * @example
 * model({ name: 'shout', runtime: inline({ run: (_, batch: string[]) => batch.map((text) => text.toUpperCase()) }) })
 */
export function inline<M, I, O>(definition: InlineDefinition<M, I, O>): RuntimeFactory<I, O> {
  const { concurrency = 1 } = definition
  numberChecks('inline()').count('concurrency', concurrency)
  return factoryOf('inline', () => new InlineRuntime(definition, concurrency))
}

class InlineRuntime<M, I, O> implements Runtime<I, O> {
  readonly kind = 'inline'
  readonly lanes: number
  readonly stream?: (lane: number, item: I, signal: AbortSignal) => AsyncIterable<O>
  readonly #definition: ModelDefinition<M, I, O>
  #events: RuntimeEvents | undefined
  #model: M | undefined
  #isLoaded = false

  constructor(definition: ModelDefinition<M, I, O>, lanes: number) {
    this.#definition = definition
    this.lanes = lanes
    const { stream } = definition
    if (stream)
      this.stream = async function* (this: InlineRuntime<M, I, O>, _lane, item, signal) {
        try {
          yield* stream(this.#model as M, item, { signal })
        } catch (error) {
          throw forCaller(error)
        }
      }
  }

  async start(events: RuntimeEvents): Promise<void> {
    this.#events = events
    const { load, run, warmUp } = this.#definition
    this.#model = (await load?.({ threads: 1, lane: 0 })) as M
    this.#isLoaded = true
    if (run && warmUp?.length) await run(this.#model, [...warmUp], { signal: new AbortController().signal })
    for (let lane = 0; lane < this.lanes; lane++) events.onReady(lane)
  }

  async run(_lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    const { run } = this.#definition
    if (!run) throw new TypeError('This model can only stream')
    try {
      const results = await run(this.#model as M, [...items], { signal })
      // Whether it is a list of results at all is looked at later, and for all runtimes alike.
      if (!Array.isArray(results)) return results
      return results.map((result) => (result instanceof Error ? (forCaller(result) as Error) : result))
    } catch (error) {
      throw forCaller(error)
    }
  }

  /** Nothing can be ended here: the late call goes on, and its result is dropped. */
  restart(lane: number): void {
    this.#events?.onReady(lane)
  }

  /** While it loads there is nothing to close yet: it is closed again once it has been loaded. */
  async close(): Promise<void> {
    if (this.#isLoaded) await this.#definition.close?.(this.#model as M)
  }
}
