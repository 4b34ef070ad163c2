import type { Level } from './replay/compare.ts'

/** Where a port answers otherwise than FastAPI, and why. */
export interface Miss {
  readonly app: string
  /** Its number in the recording, from 1. */
  readonly case: number
  readonly levels: readonly Level[]
  /** One line, and true. */
  readonly why: string
}

/**
 * Every miss of the replay has its line here: one without fails the run, and so does a line whose miss is mended.
 */
export const misses: readonly Miss[] = []
