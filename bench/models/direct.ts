import { parentPort, workerData } from 'node:worker_threads'
import type { ModelDefinition } from 'millrace/models'

// A worker thread that runs a model without Millrace: what there is to reach.

const { module } = workerData as { module: string }
const { default: definition } = (await import(module)) as { default: ModelDefinition<unknown, unknown, unknown> }
const model = await definition.load?.({ threads: 1, lane: 0 })
const run = (batch: readonly unknown[]) =>
  definition.run?.(model, [...batch], { signal: new AbortController().signal }) ?? []

parentPort?.on('message', async (message: { batch: readonly unknown[]; seconds?: number }) => {
  const { batch, seconds } = message
  if (seconds === undefined) return parentPort?.postMessage(await run(batch))
  const startedAt = performance.now()
  let batches = 0
  for (; performance.now() - startedAt < seconds * 1_000; batches++) await run(batch)
  parentPort?.postMessage({ perSecond: (batches * batch.length * 1_000) / (performance.now() - startedAt) })
})
parentPort?.postMessage('ready')
