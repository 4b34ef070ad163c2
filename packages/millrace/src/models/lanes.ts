import { ModelError } from './errors.ts'
import type { Job } from './job.ts'
import type { Results, Runtime } from './runtime.ts'

/** What lanes tell the scheduler. */
export interface LaneEvents {
  /** A lane takes work. */
  onFree(): void
  onLost(error: Error): void
  /** A lost lane has come back. */
  onRestart(): void
  /** The runtime has given up on its last lane. */
  onDown(error: Error): void
}

/** How a batch ended. */
export type Outcome<O> = { readonly results: Results<O> } | { readonly error: Error }

interface Lane {
  state: 'loading' | 'free' | 'busy' | 'lost' | 'dead'
  batch: readonly Job[]
  controller: AbortController | undefined
}

/** The lanes of one runtime: which is free, which is busy with what, which is lost. */
export class Lanes<I, O> {
  readonly runtime: Runtime<I, O>
  readonly #events: LaneEvents
  readonly #lanes: Lane[]
  #onIdle: (() => void) | undefined

  constructor(runtime: Runtime<I, O>, events: LaneEvents) {
    this.runtime = runtime
    this.#events = events
    this.#lanes = Array.from({ length: runtime.lanes }, () => ({ state: 'loading', batch: [], controller: undefined }))
  }

  get count(): number {
    return this.#lanes.length
  }

  /** Loads every lane. @throws when one cannot be loaded; all are closed again then */
  async start(): Promise<void> {
    try {
      await this.runtime.start({
        onReady: (lane) => this.#onReady(lane),
        onLost: (lane, error, isFinal) => this.#onLost(lane, error, isFinal),
      })
    } catch (error) {
      await this.runtime.close()
      throw error
    }
  }

  /** A lane that takes work, or `undefined`. */
  free(): number | undefined {
    const index = this.#lanes.findIndex((lane) => lane.state === 'free')
    return index < 0 ? undefined : index
  }

  /** Runs a batch on a free lane. It never rejects. */
  async run(index: number, batch: readonly Job<I, O>[], timeoutMs: number): Promise<Outcome<O>> {
    const lane = this.#lanes[index] as Lane
    const controller = new AbortController()
    Object.assign(lane, { state: 'busy', batch, controller })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new ModelError('batch_timeout', `A batch was not done within ${timeoutMs} ms`))
        lane.state = 'lost'
        this.runtime.restart(index)
      }, timeoutMs)
    })
    try {
      const items = batch.map((job) => job.item)
      return { results: await Promise.race([this.runtime.run(index, items, controller.signal), late]) }
    } catch (error) {
      return { error: error instanceof Error ? error : new ModelError('model_failed', String(error), error) }
    } finally {
      clearTimeout(timer)
      Object.assign(lane, { batch: [], controller: undefined })
      if (lane.state === 'busy') this.#setFree(lane)
      if (!this.#isBusy()) this.#onIdle?.()
    }
  }

  /** Keeps a free lane out of use until the returned function is called. */
  hold(index: number): () => void {
    const lane = this.#lanes[index] as Lane
    lane.state = 'busy'
    return () => {
      if (lane.state === 'busy') this.#setFree(lane)
      if (!this.#isBusy()) this.#onIdle?.()
    }
  }

  /** A caller has left: when it was the last of its batch, the batch is told so. */
  onJobGone(job: Job): void {
    for (const { batch, controller } of this.#lanes)
      if (batch.includes(job) && batch.every((one) => one.isSettled)) controller?.abort()
  }

  /** Waits for running batches, then frees everything. */
  async close(): Promise<void> {
    if (this.#isBusy()) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    for (const lane of this.#lanes) lane.state = 'dead'
    await this.runtime.close()
  }

  #isBusy(): boolean {
    return this.#lanes.some((lane) => lane.state === 'busy')
  }

  #setFree(lane: Lane): void {
    lane.state = 'free'
    this.#events.onFree()
  }

  #onReady(index: number): void {
    const lane = this.#lanes[index] as Lane
    if (lane.state === 'lost') this.#events.onRestart()
    if (lane.state !== 'dead') this.#setFree(lane)
  }

  #onLost(index: number, error: Error, isFinal: boolean): void {
    const lane = this.#lanes[index] as Lane
    lane.state = isFinal ? 'dead' : 'lost'
    this.#events.onLost(error)
    if (this.#lanes.every(({ state }) => state === 'dead')) this.#events.onDown(error)
  }
}
