import type { BaseContext } from '../input/baseContext.ts'
import type { Logger } from '../input/log.ts'
import type { Dependency } from '../plan/dependency.ts'
import type { Output, Schema } from '../plan/schema.ts'
import type { BatchOptions } from './batchPolicy.ts'
import type { CacheOptions } from './cache.ts'
import type { QueueOptions } from './options.ts'
import type { AnyRuntimeFactory } from './runtime.ts'

/** What a model is. */
export interface ModelOptions<I extends Schema, O extends Schema> {
  /** For messages, metrics and the docs page. */
  readonly name: string
  /** Of one item. */
  readonly input: I
  /** Of one result, or of one piece of a stream. */
  readonly output: O
  /** Where it runs: `workers()`, `inline()`. */
  readonly runtime: AnyRuntimeFactory
  /** Others to which `Model.swap` goes by name, and the first one, where it is to be gone back to. */
  readonly versions?: Readonly<Record<string, AnyRuntimeFactory>>
  readonly batch?: BatchOptions<Output<I>>
  readonly queue?: QueueOptions
  /** Batches are kept so small that they take about `targetMs`; what cannot meet its deadline is refused at once. */
  readonly adaptive?: { readonly targetMs: number }
  /** Keeps results, and runs an item once for all who ask for it at the same time. Default: neither. */
  readonly cache?: CacheOptions<Output<I>>
  /** A batch whose worker died is run once more. Default false. */
  readonly idempotent?: boolean
  /**
   * `start` (default): with the app, which is not ready before. `lazy`: with the first call. `demand`: with
   * the first call, and unloaded again after `idleMs` without one.
   */
  readonly load?: 'start' | 'lazy' | 'demand'
  /** For `demand`. Default 300,000. */
  readonly idleMs?: number
  /**
   * Whose a request is: callers take turns, and each has its limit, which is kept to before the body is read. A
   * dependency knows what guards have made sure of: `dependency({ deps: { key } }, ({ key }) => key.owner)`; what a client
   * may write as it likes, such as a header, is no caller. Default, and where it is `undefined`: known to the handler
   * alone, which says so with `run(item, { caller })`, or to nobody; all of these are one.
   */
  readonly caller?: ((context: BaseContext) => string | undefined) | Dependency<string | undefined>
  /** Whether the OpenAPI document tells of the model, its batches and its queue. Default true. */
  readonly isDocumented?: boolean
  /** Default: JSON lines on standard error. */
  readonly log?: Logger
}
