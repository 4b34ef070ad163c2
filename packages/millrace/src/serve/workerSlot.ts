import type { Worker } from 'node:cluster'

/** The place of one worker, and of those that come after it. */
export interface WorkerSlot {
  worker: Worker | undefined
  /** Whether it takes orders. */
  isWaiting: boolean
  /** Whether connections come to it: it is ready, or was told to listen before it is. */
  isListening: boolean
  readyAt: number | undefined
  /** Whether it has said why it does not start. */
  hasFailed: boolean
  crashes: number
  failedStarts: number
  restart: NodeJS.Timeout | undefined
  /** Another has its place. */
  isRetired: boolean
  /** Resolves when its first worker serves, or has ended without. */
  readonly begun: PromiseWithResolvers<void>
}

/** A place whose worker has ended, or is to be started. */
export const noWorker: Pick<WorkerSlot, 'worker' | 'isWaiting' | 'isListening' | 'readyAt' | 'hasFailed'> = {
  worker: undefined,
  isWaiting: false,
  isListening: false,
  readyAt: undefined,
  hasFailed: false,
}

export function newSlot(): WorkerSlot {
  return {
    ...noWorker,
    crashes: 0,
    failedStarts: 0,
    restart: undefined,
    isRetired: false,
    begun: Promise.withResolvers(),
  }
}
