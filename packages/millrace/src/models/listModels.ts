import type { Model } from './model.ts'
import type { ModelStatus } from './status.ts'

/**
 * A handler that lists models: state, queue, batches, times.
 *
 * @example
 * app.get('/models', listModels(embedder, classifier))
 */
export function listModels(...models: readonly Model[]): () => Promise<{ readonly models: ModelStatus[] }> {
  return async () => ({ models: await Promise.all(models.map((model) => model.status())) })
}
