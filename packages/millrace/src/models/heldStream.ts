import type { Admission } from './admission.ts'
import { batchDefaults, queueDefaults } from './defaults.ts'
import { ModelError, StreamStalledError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import type { SchedulerOptions } from './options.ts'
import type { OnLane } from './queuedItem.ts'
import { limitStream } from './streamLimits.ts'

/** What a stream is counted by. */
export interface HeldStreamParts {
  readonly admission: Admission
  readonly metrics: Metrics
}

/**
 * Runs one item in pieces, on a lane that it has to itself from its first piece to its last. None may take longer than
 * a batch; with the first its deadline is kept. Leaving the loop ends it, and so does staying away from it for
 * `stallTimeoutMs`.
 *
 * @param gone aborted when the item is given up
 */
export async function* heldStream<I, O>(
  { job, runtime, lane }: Parameters<OnLane<I, O>>[0],
  gone: AbortController,
  { name, batch, queue }: SchedulerOptions<I>,
  { admission, metrics }: HeldStreamParts,
): AsyncGenerator<O, void, undefined> {
  const silenceMs = batch.timeoutMs ?? batchDefaults.timeoutMs
  const stallMs = queue.stallTimeoutMs ?? queueDefaults.stallTimeoutMs
  const onSilence = () => {
    const error = new ModelError('batch_timeout', `The model '${name}' was silent in a stream for ${silenceMs} ms`)
    gone.abort(error)
    lane.restart(error)
  }
  const onStall = () => job.leave('cancelled', new StreamStalledError(name, stallMs))
  let pieces: AsyncIterable<O> | undefined
  try {
    if (!runtime.stream) throw new ModelError('model_failed', `The model '${name}' has no stream`)
    const made = runtime.stream(lane.index, job.item, gone.signal)
    const { signal } = gone
    pieces = limitStream(made, { signal, silenceMs, onSilence, stallMs, onStall, onOver: lane.release })
    for await (const piece of pieces) {
      job.lift()
      yield piece
    }
    job.settle({ ending: 'done', value: undefined as O })
  } catch (error) {
    job.settle({ ending: 'failed', error })
    throw error
  } finally {
    const ranMs = performance.now() - job.startedAt
    metrics.runTime.add(ranMs)
    admission.learn(1, ranMs, runtime.lanes)
    // Whoever reads it has stopped, where it has not ended.
    job.settle({ ending: 'cancelled', error: undefined })
    if (!pieces) lane.release()
  }
}
