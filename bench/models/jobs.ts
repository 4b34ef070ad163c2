import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Seen } from './load.ts'

/** An item of the model. */
export const item: readonly number[] = Array.from({ length: 64 }, (_, index) => ((index * 37) % 64) / 64)

/** An item whose first number the load puts in: a job of one second. */
export const jobItem: string = JSON.stringify(item).replace('[0,', '[TOKEN,')

/** What was done for clients that had left. */
export interface AfterLeaving {
  readonly left: number
  /** Jobs begun after their client had left. */
  readonly begun: number
  /** Jobs brought to their end after their client had left. */
  readonly finished: number
  /** Clients that stayed and were answered, of those that stayed. */
  readonly answered: number
  readonly stayed: number
  /** Until the last that stayed was answered. */
  readonly p99Ms: number
}

/** The file that jobs write to while they are served. */
export class JobLog {
  readonly #folder = mkdtempSync(join(tmpdir(), 'bench-'))
  readonly file = join(this.#folder, 'jobs')

  constructor() {
    writeFileSync(this.file, '')
  }

  /** What the file says of the clients that a load has seen leave. */
  afterLeaving({ left, sent, accepted, p99Ms }: Seen): AfterLeaving {
    let begun = 0
    let finished = 0
    for (const line of readFileSync(this.file, 'utf8').split('\n')) {
      const [number = 0, beganAt = 0, endedAt = 0] = line.split(' ').map(Number)
      const leftAt = left[number]
      if (leftAt === undefined) continue
      if (beganAt > leftAt) begun++
      if (endedAt > leftAt) finished++
    }
    const gone = Object.keys(left).length
    return { left: gone, begun, finished, answered: accepted, stayed: sent - gone, p99Ms }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
