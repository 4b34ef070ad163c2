import type { Job } from './job.ts'

/** Being passed over for this long is worth one step of priority, so that low priorities are served at last. */
const passedOverMsPerStep = 1_000

/** The jobs of one priority: by caller, each in order of arrival. */
interface Level<J> {
  /** Who was served last stands last. */
  readonly callers: Map<string, J[]>
  /** When a job of this level went, or the first one came. */
  servedAt: number
}

/**
 * Jobs that wait. The highest priority goes first, where being passed over raises a whole priority; within
 * one, callers take turns, however long the jobs of each have waited, so that a greedy one cannot starve the
 * rest.
 */
export class JobQueue<J extends Job> {
  readonly #levels = new Map<number, Level<J>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(job: J): void {
    this.#jobsOf(job).push(job)
    this.#size++
  }

  /** Puts a job that was taken before the others of its caller. */
  pushBack(job: J): void {
    this.#jobsOf(job).unshift(job)
    this.#size++
  }

  /** Removes a job whose caller has gone. Returns whether it was still waiting. */
  remove(job: J): boolean {
    const level = this.#levels.get(job.priority)
    const jobs = level?.callers.get(job.caller)
    const index = jobs?.indexOf(job) ?? -1
    if (!level || !jobs || index < 0) return false
    jobs.splice(index, 1)
    this.#size--
    if (jobs.length === 0) level.callers.delete(job.caller)
    if (level.callers.size === 0) this.#levels.delete(job.priority)
    return true
  }

  /** The job that goes next, still in the queue. */
  peek(now: number): J | undefined {
    let best: Level<J> | undefined
    let bestRank = Number.NEGATIVE_INFINITY
    for (const [priority, level] of this.#levels) {
      const rank = priority + Math.floor((now - level.servedAt) / passedOverMsPerStep)
      if (rank <= bestRank) continue
      best = level
      bestRank = rank
    }
    for (const [job] of best?.callers.values() ?? []) return job
    return undefined
  }

  /** Removes the job that {@link peek} gave, and moves its caller to the end of every turn. */
  take(job: J, now: number): void {
    const own = this.#levels.get(job.priority)
    if (own) own.servedAt = now
    this.remove(job)
    for (const { callers } of this.#levels.values()) {
      const jobs = callers.get(job.caller)
      if (!jobs) continue
      callers.delete(job.caller)
      callers.set(job.caller, jobs)
    }
  }

  /** When the job that has waited longest was queued. */
  oldestQueuedAt(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { callers } of this.#levels.values())
      for (const [head] of callers.values()) oldest = Math.min(oldest, head?.queuedAt ?? oldest)
    return oldest
  }

  /** All jobs, in no order. */
  *jobs(): Generator<J, void, undefined> {
    for (const { callers } of this.#levels.values()) for (const jobs of callers.values()) yield* jobs
  }

  /** Removes and returns all jobs. */
  drain(): J[] {
    const jobs = [...this.#levels.values()].flatMap(({ callers }) => [...callers.values()].flat())
    this.#levels.clear()
    this.#size = 0
    return jobs
  }

  #jobsOf({ priority, caller, queuedAt }: J): J[] {
    let level = this.#levels.get(priority)
    if (!level) {
      level = { callers: new Map(), servedAt: queuedAt }
      this.#levels.set(priority, level)
    }
    let jobs = level.callers.get(caller)
    if (!jobs) {
      jobs = []
      level.callers.set(caller, jobs)
    }
    return jobs
  }
}
