import type { BaseContext } from '../input/context.ts'
import type { Model } from './model.ts'
import type { RunOptions, Timing } from './scheduler.ts'

/** A model as a handler sees it: bound to the request's signal, its times told in the answer's headers. */
export interface ModelHandle<I, O> {
  run(item: I, options?: RunOptions): Promise<O>
  runMany(items: readonly I[], options?: RunOptions): Promise<O[]>
  stream(item: I, options?: RunOptions): AsyncGenerator<O, void, undefined>
}

/** Binds a model to a request. */
export function bindHandle<I, O>(model: Model<I, O>, context: BaseContext): ModelHandle<I, O> {
  const startedAt = performance.now()
  const total: Timing = { queueMs: 0, runMs: 0 }
  const bound = (options: RunOptions): RunOptions => ({
    signal: context.signal,
    ...options,
    onTiming: (timing) => {
      options.onTiming?.(timing)
      // Several calls of one request: the longest wait and the longest run, since they go side by side.
      Object.assign(total, {
        queueMs: Math.max(total.queueMs, timing.queueMs),
        runMs: Math.max(total.runMs, timing.runMs),
      })
      const { headers } = context.response
      headers.set('x-queue-time', total.queueMs.toFixed(1))
      headers.set('x-inference-time', total.runMs.toFixed(1))
      headers.set('x-total-time', (performance.now() - startedAt).toFixed(1))
    },
  })
  return {
    run: (item, options = {}) => model.run(item, bound(options)),
    runMany: (items, options = {}) => model.runMany(items, bound(options)),
    stream: (item, options = {}) => model.stream(item, bound(options)),
  }
}
