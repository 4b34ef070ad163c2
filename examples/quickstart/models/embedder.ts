import { type ModelHandle, model, workers } from 'millrace/models'
import { z } from 'zod'

/** The name of the embedding model. */
export const embeddingModel = 'universal-sentence-encoder-lite'

/** Of a sentence embedding. */
export const dimensions = 512

/** What turns a text into a vector. */
export type Embedder = ModelHandle<string, Float32Array>

/** Sentence embeddings, in a thread of their own. */
export const embedder = model({
  name: embeddingModel,
  input: z.string(),
  output: z.instanceof(Float32Array),
  runtime: workers(new URL('./embedder.model.ts', import.meta.url)),
  // Enough to be fast, few enough (about 0.2 s) that others do not wait long.
  batch: { maxSize: 16 },
  queue: { maxSize: 512, deadlineMs: 30_000 },
  // Requests take turns, so that one question does not wait for sixty texts of someone else.
  caller: ({ id }) => id,
  // The start-up asks it first, and tells that it is loading: see search/docs.ts.
  load: 'lazy',
})
