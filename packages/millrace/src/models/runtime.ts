import type { Logger } from '../input/log.ts'
import { sourceName } from './sourceName.ts'

/** One result for each item, in order; an `Error` fails its item alone. */
export type Results<O> = readonly (O | Error)[]

/** What a runtime tells the model while it runs. */
export interface RuntimeEvents {
  /** A lane has loaded and warmed up, and takes work. */
  onReady(lane: number): void
  /** A lane is gone; its runtime brings it back, or gives up for good with `isFinal`. */
  onLost(lane: number, error: Error, isFinal: boolean): void
  /** A lane was ended because nobody waits for its work any more; it is loaded anew, and counts as no loss. */
  onEnded(lane: number): void
}

/** Where a model runs. A lane does one batch, or so many streams, at a time. */
export interface Runtime<I = unknown, O = unknown> {
  /** For the docs page and messages: `workers`, `inline`, `python`. */
  readonly kind: string
  readonly lanes: number
  /** Items that a lane takes at a time, where that is fewer than the model's batches may have. */
  readonly maxBatchSize?: number | undefined
  /** Loads and warms up every lane. Resolves when all are ready. @throws when one cannot be loaded */
  start(events: RuntimeEvents): Promise<void>
  /**
   * Runs a batch. `signal` is aborted when no caller is left.
   *
   * @throws when the batch as a whole failed
   */
  run(lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>>
  /** Runs one item in pieces. `undefined` where the model has no `stream`. */
  stream?(lane: number, item: I, signal: AbortSignal): AsyncIterable<O>
  /** Ends a lane that does not come back, so that it is started anew. */
  restart(lane: number): void
  /** Frees everything. */
  close(): Promise<void>
}

/** What a runtime is told of the model that it runs. */
export interface RuntimeHost {
  /** Of the model, for messages. */
  readonly name: string
  readonly log: Logger
}

/** Makes a runtime; a model makes a new one each time it is loaded. */
export interface RuntimeFactory<I = unknown, O = unknown> {
  (host: RuntimeHost): Runtime<I, O>
  /** The {@link Runtime.kind} that it makes, where the docs page should tell it. */
  readonly kind?: string
  /** What it loads, for the model's status: a file, a module, a model of a hub, the URL of a server. */
  readonly source?: string
}

/** A factory that tells which kind it makes, and of what. */
export function factoryOf<I, O>(
  kind: string,
  make: (host: RuntimeHost) => Runtime<I, O>,
  source?: string | URL,
): RuntimeFactory<I, O> {
  return Object.assign(make, { kind, ...(source === undefined ? {} : { source: sourceName(source) }) })
}

/** A runtime of any item and any result: what a module computes is known only when it runs, and checked then. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyRuntimeFactory = RuntimeFactory<any, any>
