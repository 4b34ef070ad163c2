import { HttpError } from '../errors/HttpError.ts'
import { markLogged } from '../errors/logged.ts'
import type { Admission } from './admission.ts'
import { batchDefaults } from './defaults.ts'
import { ModelError, WorkerLostError } from './errors.ts'
import type { Forecast } from './forecast.ts'
import type { Lanes } from './lanes.ts'
import type { Metrics } from './metrics.ts'
import type { SchedulerOptions } from './options.ts'
import type { QueuedItem } from './queuedItem.ts'
import type { Results } from './runtime.ts'

/** What runs of batches work with. */
export interface BatchRunParts<I, O> {
  readonly admission: Admission
  readonly forecast: Forecast
  readonly metrics: Metrics
  /** Queues an item once more. Returns whether it can be. */
  retry(job: QueuedItem<I, O>): boolean
}

/** Runs batches on lanes, learns how long they take, and tells each item what has become of it. */
export class BatchRun<I, O> {
  readonly #options: SchedulerOptions<I>
  readonly #parts: BatchRunParts<I, O>

  constructor(options: SchedulerOptions<I>, parts: BatchRunParts<I, O>) {
    this.#options = options
    this.#parts = parts
  }

  /** Never rejects. */
  async run(lanes: Lanes<I, O>, lane: number, batch: QueuedItem<I, O>[]): Promise<void> {
    const { admission, forecast, metrics } = this.#parts
    const startedAt = batch[0]?.startedAt as number
    metrics.batches++
    metrics.batchedItems += batch.length
    const outcome = await lanes.run(lane, batch, this.#options.batch.timeoutMs ?? batchDefaults.timeoutMs)
    const ranMs = outcome.endedAt - startedAt
    metrics.runTime.add(ranMs)
    admission.learn(batch.length, ranMs, lanes.count)
    if ('results' in outcome) {
      forecast.learn(batch.length, ranMs)
      this.#settle(batch, outcome.results)
    } else this.#fail(batch, outcome.error)
  }

  #settle(batch: readonly QueuedItem<I, O>[], results: Results<O>): void {
    if (!Array.isArray(results) || results.length !== batch.length) {
      const count = Array.isArray(results) ? `${results.length} results` : 'no list of results'
      const message = `The model '${this.#options.name}' gave ${count} for a batch of ${batch.length}`
      return this.#fail(batch, new ModelError('wrong_result_count', message))
    }
    for (const [index, job] of batch.entries()) {
      const result = results[index] as O | Error
      if (result instanceof Error) job.settle({ ending: 'failed', error: result })
      else job.settle({ ending: 'done', value: result })
    }
  }

  #fail(batch: readonly QueuedItem<I, O>[], error: Error): void {
    const isLost = error instanceof WorkerLostError
    const failed: QueuedItem<I, O>[] = []
    for (const job of batch) {
      if (job.isSettled) continue
      if (isLost && job.retriesLeft > 0 && this.#parts.retry(job)) continue
      failed.push(job)
    }
    if (failed.length > 1 && !(error instanceof HttpError)) this.#logOnce(error, failed.length)
    for (const job of failed) job.settle({ ending: 'failed', error })
  }

  /** Each of the requests would log the same. */
  #logOnce(error: Error, items: number): void {
    const { name, log } = this.#options
    log.error('A batch of a model failed', { model: name, items, error })
    markLogged(error)
  }
}
