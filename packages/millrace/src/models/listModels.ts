import type { Model, ModelStatus } from './model.ts'

/**
 * A handler that lists models: state, queue, batches, times.
 *
 * @example
 * app.get('/models', listModels(embedder, classifier))
 */
export function listModels(...models: readonly Model[]): () => { readonly models: ModelStatus[] } {
  return () => ({ models: models.map((model) => model.status()) })
}
