import { ModelError } from './errors.ts'
import type { Job } from './job.ts'
import type { Results, Runtime } from './runtime.ts'
import { after } from './timer.ts'

/** What lanes tell the scheduler. */
export interface LaneEvents {
  /** A lane takes work. */
  onFree(): void
  /** @param items that it had, and whose callers still waited */
  onLost(error: Error, items: number): void
  /** A lost lane has come back. */
  onRestart(): void
  /** The runtime has given up on its last lane. */
  onDown(error: Error): void
  /** A lane has come back after {@link onDown}. */
  onUp(): void
}

/** How a batch ended, and when: before the next one of its lane began, which may keep the event loop for itself. */
export type Outcome<O> = { readonly endedAt: number } & ({ readonly results: Results<O> } | { readonly error: Error })

/** What a lane is busy with: a batch, or the one job of a stream. */
interface Work {
  readonly jobs: readonly Job[]
  readonly controller: AbortController
}

interface Lane {
  state: 'loading' | 'free' | 'busy' | 'lost' | 'dead'
  /** A lane that was lost and came back has other work, whatever became of the work before. */
  work: Work | undefined
  /** Why Millrace itself has ended it: how it ended says less. */
  endedFor: ModelError | undefined
}

/** A lane that one job has to itself. */
export interface HeldLane {
  readonly index: number
  /** Lets others have it. */
  release(): void
  /** Starts it anew, because it does not come back by itself. */
  restart(why: Error): void
}

/** The lanes of one runtime: which is free, which is busy with what, which is lost. */
export class Lanes<I, O> {
  readonly runtime: Runtime<I, O>
  readonly #events: LaneEvents
  readonly #lanes: Lane[]
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #isClosed = false
  #onIdle: (() => void) | undefined

  constructor(runtime: Runtime<I, O>, events: LaneEvents) {
    this.runtime = runtime
    this.#events = events
    this.#lanes = Array.from({ length: runtime.lanes }, () => ({
      state: 'loading',
      work: undefined,
      endedFor: undefined,
    }))
  }

  get count(): number {
    return this.#lanes.length
  }

  /** Loads every lane. @throws when one cannot be loaded; all are closed again then */
  async start(): Promise<void> {
    try {
      this.#starting = this.runtime.start({
        onReady: (lane) => this.#onReady(lane),
        onLost: (lane, error, isFinal) => this.#onLost(lane, error, isFinal),
        onEnded: (lane) => this.#onEnded(lane),
      })
      await this.#starting
    } catch (error) {
      // Why it was not loaded matters more than what it says to its end.
      await this.runtime.close().catch(() => undefined)
      throw error
    }
  }

  /** A lane that takes work, or `undefined`. */
  free(): number | undefined {
    const index = this.#lanes.findIndex((lane) => lane.state === 'free')
    return index < 0 ? undefined : index
  }

  /** Runs a batch on a free lane. It never rejects. */
  async run(index: number, jobs: readonly Job<I, O>[], timeoutMs: number): Promise<Outcome<O>> {
    const work = this.#begin(index, jobs)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = after(timeoutMs, () => {
        const error = new ModelError('batch_timeout', `A batch was not done within ${timeoutMs} ms`)
        reject(error)
        this.#restart(index, work, error)
      })
    })
    try {
      const items = jobs.map((job) => job.item)
      const results = await Promise.race([this.runtime.run(index, items, work.controller.signal), late])
      return { results, endedAt: performance.now() }
    } catch (error) {
      return {
        error: error instanceof Error ? error : new ModelError('model_failed', String(error), error),
        endedAt: performance.now(),
      }
    } finally {
      clearTimeout(timer)
      this.#end(index, work)
    }
  }

  /** Gives a free lane to one job alone. */
  hold(index: number, job: Job<I, O>): HeldLane {
    const work = this.#begin(index, [job])
    return { index, release: () => this.#end(index, work), restart: (why) => this.#restart(index, work, why) }
  }

  /** A caller has left: when it was the last of its batch, the batch is told so. */
  onJobGone(job: Job<I, O>): void {
    for (const { work } of this.#lanes)
      if (work?.jobs.includes(job) && work.jobs.every((one) => one.isSettled)) work.controller.abort()
    if (!this.#isAwaited()) this.#onIdle?.()
  }

  /** Waits for what someone still waits for, then frees everything. Further calls wait for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends a load that nobody waits for any more; what is loaded after all is freed then. */
  async abandon(): Promise<void> {
    this.#isClosed = true
    this.#starting?.then(() => this.runtime.close()).catch(() => undefined)
    // It has not been loaded: what it says to its end nobody waits for.
    await this.runtime.close().catch(() => undefined)
  }

  /** Ends what holds a lane to itself, for whoever reads it may have stopped without leaving. */
  cut(error: Error): void {
    for (const { work } of this.#lanes) for (const job of work?.jobs ?? []) if (job.holds) job.leave('failed', error)
  }

  async #close(): Promise<void> {
    if (this.#isAwaited()) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    this.#isClosed = true
    for (const lane of this.#lanes) lane.state = 'dead'
    await this.runtime.close()
  }

  #isAwaited(): boolean {
    return this.#lanes.some(({ work }) => work?.jobs.some((job) => !job.isSettled))
  }

  #begin(index: number, jobs: readonly Job[]): Work {
    const lane = this.#lanes[index] as Lane
    lane.state = 'busy'
    lane.work = { jobs, controller: new AbortController() }
    return lane.work
  }

  #end(index: number, work: Work): void {
    const lane = this.#lanes[index] as Lane
    if (lane.work === work) {
      lane.work = undefined
      if (lane.state === 'busy') this.#setFree(lane)
    }
    if (!this.#isAwaited()) this.#onIdle?.()
  }

  #restart(index: number, work: Work, why: Error): void {
    const lane = this.#lanes[index] as Lane
    if (lane.work !== work) return
    lane.work = undefined
    lane.state = 'lost'
    lane.endedFor = new ModelError('batch_timeout', `${why.message}: Millrace has ended its worker`)
    this.runtime.restart(index)
    // Nobody takes its result any more: work that listens can end, and let go of what it holds.
    work.controller.abort()
  }

  #setFree(lane: Lane): void {
    lane.state = 'free'
    this.#events.onFree()
  }

  #onReady(index: number): void {
    if (this.#isClosed) return
    const lane = this.#lanes[index] as Lane
    const wasDown = this.#isDown()
    lane.endedFor = undefined
    if (lane.state === 'lost' || lane.state === 'dead') this.#events.onRestart()
    if (wasDown) this.#events.onUp()
    this.#setFree(lane)
  }

  #onLost(index: number, error: Error, isFinal: boolean): void {
    const lane = this.#lanes[index] as Lane
    const items = lane.work?.jobs.filter((job) => !job.isSettled).length ?? 0
    const cause = lane.endedFor ?? error
    lane.work = undefined
    lane.endedFor = undefined
    lane.state = isFinal ? 'dead' : 'lost'
    this.#events.onLost(cause, items)
    if (this.#isDown()) this.#events.onDown(cause)
  }

  #onEnded(index: number): void {
    const lane = this.#lanes[index] as Lane
    lane.work = undefined
    lane.state = 'loading'
  }

  #isDown(): boolean {
    return this.#lanes.every(({ state }) => state === 'dead')
  }
}
