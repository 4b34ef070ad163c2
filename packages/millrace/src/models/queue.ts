import type { Job } from './job.ts'

/** Waiting for this long is worth one step of priority, so that low priorities are served at last. */
const ageMsPerStep = 1_000

/** The jobs of one caller, by priority, each in order of arrival. */
type Lanes<J> = Map<number, J[]>

/**
 * Jobs that wait. The one with the highest priority goes first, where waiting raises it; among equals,
 * callers take turns, so that a greedy one cannot starve the rest.
 */
export class JobQueue<J extends Job> {
  /** In order of last service: who was served last stands last. */
  readonly #callers = new Map<string, Lanes<J>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(job: J): void {
    let lanes = this.#callers.get(job.caller)
    if (!lanes) {
      lanes = new Map()
      this.#callers.set(job.caller, lanes)
    }
    const lane = lanes.get(job.priority)
    if (lane) lane.push(job)
    else lanes.set(job.priority, [job])
    this.#size++
  }

  /** Removes a job whose caller has gone. Returns whether it was still waiting. */
  remove(job: J): boolean {
    const lanes = this.#callers.get(job.caller)
    const index = lanes?.get(job.priority)?.indexOf(job) ?? -1
    if (!lanes || index < 0) return false
    this.#take(job, lanes, index)
    return true
  }

  /** The job that goes next, still in the queue. */
  peek(now: number): J | undefined {
    let best: J | undefined
    let bestRank = Number.NEGATIVE_INFINITY
    for (const lanes of this.#callers.values())
      for (const [head] of lanes.values()) {
        if (!head) continue
        const rank = head.priority + Math.floor((now - head.queuedAt) / ageMsPerStep)
        if (rank <= bestRank) continue
        best = head
        bestRank = rank
      }
    return best
  }

  /** Removes the job that {@link peek} gave, and moves its caller to the end of the turn. */
  take(job: J): void {
    const lanes = this.#callers.get(job.caller) as Lanes<J>
    this.#take(job, lanes, 0)
    if (lanes.size === 0) return
    this.#callers.delete(job.caller)
    this.#callers.set(job.caller, lanes)
  }

  /** When the job that has waited longest was queued. */
  oldestQueuedAt(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const lanes of this.#callers.values())
      for (const [head] of lanes.values()) oldest = Math.min(oldest, head?.queuedAt ?? oldest)
    return oldest
  }

  /** Removes and returns all jobs. */
  drain(): J[] {
    const jobs = [...this.#callers.values()].flatMap((lanes) => [...lanes.values()].flat())
    this.#callers.clear()
    this.#size = 0
    return jobs
  }

  #take(job: J, lanes: Lanes<J>, index: number): void {
    const lane = lanes.get(job.priority) as J[]
    lane.splice(index, 1)
    this.#size--
    if (lane.length === 0) lanes.delete(job.priority)
    if (lanes.size === 0) this.#callers.delete(job.caller)
  }
}
