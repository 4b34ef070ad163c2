/** What a model's `load` gets. */
export interface LoadOptions {
  /** Threads that this model may use for itself: the machine's cores shared out among its lanes. */
  readonly threads: number
  /** Which lane this is, from 0. */
  readonly lane: number
}

/** What a model's `stream` gets. */
export interface StreamOptions {
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** A model as its own module defines it. It runs where its runtime puts it. */
export interface ModelDefinition<M = unknown, I = unknown, O = unknown> {
  /** Loads the model, once for each lane. */
  readonly load?: (options: LoadOptions) => M | Promise<M>
  /** One result, or an `Error`, for each item of the batch, in order. */
  readonly run?: (
    model: M,
    batch: I[],
    options: StreamOptions,
  ) => readonly (O | Error)[] | Promise<readonly (O | Error)[]>
  /** One item in pieces. */
  readonly stream?: (model: M, item: I, options: StreamOptions) => AsyncIterable<O> | Iterable<O>
  /** Run once after `load`, so that the first caller does not pay for it. */
  readonly warmUp?: readonly I[]
  /** Frees what `load` has opened. */
  readonly close?: (model: M) => unknown
}

/**
 * Defines a model, as the default export of a module of its own.
 *
 * @example
 * export default defineModel({
 *   load: async ({ threads }) => loadWeights({ threads }),
 *   run: (weights, batch: string[]) => batch.map((text) => weights.score(text)),
 * })
 */
export function defineModel<M, I, O>(definition: ModelDefinition<M, I, O>): ModelDefinition<M, I, O> {
  if (!definition.run && !definition.stream) throw new TypeError('defineModel() needs `run`, or `stream`, or both')
  return definition
}
