import type { BaseContext } from '../input/baseContext.ts'
import { isPromise } from '../serve/maybePromise.ts'
import type { Slot } from './admission.ts'
import type { Model } from './model.ts'
import type { ModelService } from './modelService.ts'
import type { RunOptions, SlottedOptions, Timing } from './options.ts'

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

/** What a model lends itself by: it is over when the handler is. */
type Loan<I, O> = Generator<ModelHandle<I, O>, void, unknown> | AsyncGenerator<ModelHandle<I, O>, void, unknown>

/**
 * Reserves a slot for a request, and binds the model to the request for as long as its handler runs.
 *
 * At once where the model is in this process: an async generator would cost each request three turns of promises
 * (3 of the 40 µs that one takes of the event loop: `npm run models:cost -w bench`).
 *
 * @throws {HttpError} when there is no slot
 */
export function lend<I, O>(
  model: Model<I, O>,
  service: ModelService,
  context: BaseContext,
  caller: string | undefined,
): Loan<I, O> {
  const slot = service.reserve(caller)
  return isPromise(slot) ? lendLater(slot, model, context, caller) : lendNow(slot, model, context, caller)
}

function* lendNow<I, O>(
  slot: Slot,
  model: Model<I, O>,
  context: BaseContext,
  caller: string | undefined,
): Generator<ModelHandle<I, O>, void, unknown> {
  try {
    yield bind(model, slot, context, caller)
  } finally {
    slot.release()
  }
}

async function* lendLater<I, O>(
  reserved: Promise<Slot>,
  model: Model<I, O>,
  context: BaseContext,
  caller: string | undefined,
): AsyncGenerator<ModelHandle<I, O>, void, unknown> {
  yield* lendNow(await reserved, model, context, caller)
}

function bind<I, O>(
  model: Model<I, O>,
  slot: Slot,
  context: BaseContext,
  known: string | undefined,
): ModelHandle<I, O> {
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
  const bound = ({ caller = known, ...options }: RunOptions): SlottedOptions => ({
    slot,
    onTiming,
    ...options,
    ...(caller === undefined ? {} : { caller }),
    // A signal of the handler's own does not keep the request's from counting.
    signal: options.signal ? AbortSignal.any([context.signal, options.signal]) : context.signal,
  })
  return {
    run: (item, options = {}) => model.run(item, bound(options)),
    runMany: (items, options = {}) => model.runMany(items, bound(options)),
    stream: (item, options = {}) => model.stream(item, bound(options)),
  }
}
