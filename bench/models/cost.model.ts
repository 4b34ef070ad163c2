import { defineModel } from 'millrace/models'

/** Busy for so long with each batch. */
const batchMs = Number(process.env['BENCH_BATCH_MS'] ?? 0)

/** A model that does nothing, or is busy for a while; a result is when its batch began and ended, by one clock. */
export default defineModel({
  run: (_: unknown, batch: ArrayLike<number>[]) => {
    const beganMs = nowMs()
    while (nowMs() - beganMs < batchMs);
    const endedMs = nowMs()
    return batch.map(() => [beganMs, endedMs, 0, 0, 0, 0, 0, 0])
  },
})

/** `performance.now()` counts from the start of each thread. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
