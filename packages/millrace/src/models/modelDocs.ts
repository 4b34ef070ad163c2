import type { ModelDocs } from '../plan/dependency.ts'
import type { Schema } from '../plan/schema.ts'
import { batchDefaults, queueDefaults } from './defaults.ts'
import type { ModelOptions } from './modelOptions.ts'

/** What the document says of a model, with the defaults of what is not set. */
export function modelDocs({ name, runtime, batch = {}, queue = {} }: ModelOptions<Schema, Schema>): ModelDocs {
  const { maxSize, maxDelayMs, maxCost, padded } = batch
  const most = queue.maxSize ?? queueDefaults.maxSize
  return {
    name,
    runtime: runtime.kind,
    batch: {
      maxSize: maxSize ?? batchDefaults.maxSize,
      maxDelayMs: maxDelayMs ?? batchDefaults.maxDelayMs,
      maxCost,
      padded: padded ?? false,
    },
    queue: {
      maxSize: most,
      maxPerCaller: queue.maxPerCaller ?? most,
      deadlineMs: queue.deadlineMs ?? queueDefaults.deadlineMs,
    },
  }
}
