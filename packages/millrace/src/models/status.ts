import type { ModelMetrics, ModelTotals } from './metrics.ts'

/** Where a model stands. */
export type ModelState = 'unloaded' | 'loading' | 'ready' | 'down'

/** What a model says of itself. */
export interface ModelStatus extends ModelMetrics {
  readonly name: string
  readonly state: ModelState
  /** Such as `workers`; `none` before it is loaded. */
  readonly runtime: string
  /** What is loaded, or would be: a file as seen from the working directory, a model of a hub, the URL of a server. */
  readonly source?: string
  /** Its name among `versions`, where it has one. */
  readonly version?: string
  /** Batches that run at the same time. */
  readonly lanes: number
  /** How often it was loaded: at first, by each swap, and after each unload. */
  readonly loads: number
  /** When that was last, as in `2026-01-31T08:00:00.000Z`. */
  readonly loadedAt?: string
  /** Calls that were answered without a run of their own. */
  readonly cacheHits: number
}

/** A status, and what programs need besides. */
export interface ModelReport {
  readonly status: ModelStatus
  readonly totals: ModelTotals
}
