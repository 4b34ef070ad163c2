import type { BaseContext } from '../input/context.ts'
import type { Slot } from './admission.ts'
import type { Model } from './model.ts'
import type { RunOptions, SlottedOptions, Timing } from './options.ts'
import type { ModelService } from './service.ts'

/**
 * A model as a handler sees it. It has a slot since before the body was read, gives up when the client
 * leaves, and tells its times in the headers `x-queue-time`, `x-inference-time` and `x-total-time`, in
 * milliseconds.
 */
export interface ModelHandle<I, O> {
  /** See {@link Model.run}. */
  run(item: I, options?: RunOptions): Promise<O>
  /** See {@link Model.runMany}. */
  runMany(items: readonly I[], options?: RunOptions): Promise<O[]>
  /** See {@link Model.stream}. */
  stream(item: I, options?: RunOptions): AsyncGenerator<O, void, undefined>
}

/** Reserves a slot for a request, and binds the model to the request for as long as its handler runs. */
export async function* lend<I, O>(
  model: Model<I, O>,
  service: ModelService,
  context: BaseContext,
  caller: string,
): AsyncGenerator<ModelHandle<I, O>, void, unknown> {
  const slot = await service.reserve(caller)
  try {
    yield bind(model, slot, context, caller)
  } finally {
    slot.release()
  }
}

function bind<I, O>(model: Model<I, O>, slot: Slot, context: BaseContext, caller: string): ModelHandle<I, O> {
  const startedAt = performance.now()
  const longest = { queueMs: 0, runMs: 0 }
  const onTiming = ({ queueMs, runMs }: Timing) => {
    // Calls of one request go side by side, so it has waited as long as the longest.
    longest.queueMs = Math.max(longest.queueMs, queueMs)
    longest.runMs = Math.max(longest.runMs, runMs)
    const { headers } = context.response
    headers.set('x-queue-time', longest.queueMs.toFixed(1))
    headers.set('x-inference-time', longest.runMs.toFixed(1))
    headers.set('x-total-time', (performance.now() - startedAt).toFixed(1))
  }
  const bound = (options: RunOptions): SlottedOptions => ({
    caller,
    slot,
    onTiming,
    ...options,
    // A signal of the handler's own does not keep the request's from counting.
    signal: options.signal ? AbortSignal.any([context.signal, options.signal]) : context.signal,
  })
  return {
    run: (item, options = {}) => model.run(item, bound(options)),
    runMany: (items, options = {}) => model.runMany(items, bound(options)),
    stream: (item, options = {}) => model.stream(item, bound(options)),
  }
}
