import { model, transformers } from 'millrace/models'
import { z } from 'zod'
import { hub, modelName, modelsFolder } from './model/model.ts'

export const embedderName = 'all-MiniLM-L6-v2'

export const embedder = model({
  name: embedderName,
  input: z.string(),
  output: z.instanceof(Float32Array),
  runtime: transformers({
    task: 'feature-extraction',
    model: modelName,
    // The vector of a text is the mean of those of its tokens, with the length 1.
    args: [{ pooling: 'mean', normalize: true }],
    cacheDir: modelsFolder,
    remoteHost: hub,
    warmUp: ['The mill turns with the river.'],
  }),
  // A batch is as long as its longest text: what it costs is counted in characters, about four of which are a token.
  batch: { maxSize: 32, cost: (text) => text.length, maxCost: 16_000, padded: true },
  queue: { maxSize: 512, deadlineMs: 30_000 },
})
