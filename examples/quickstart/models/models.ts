import { dependency } from 'millrace'
import { progress } from '../progress.ts'
import { ModelWorker } from './ModelWorker.ts'
import type { TextModels } from './TextModels.ts'

/** The name of the embedding model: Google's Universal Sentence Encoder, lite, for English. */
export const embeddingModel = 'universal-sentence-encoder-lite'

/** Both models, loaded once for the app. */
export const models = dependency(
  { scope: 'app', deps: { progress } },
  async function* ({ log, progress }): AsyncGenerator<TextModels, void, undefined> {
    const step = progress.begin('loading embedding model')
    const worker = await ModelWorker.start({
      onCrash: (error) => log.error('The model worker crashed and is started again', { error }),
    })
    step.end()
    try {
      yield worker
    } finally {
      await worker.close()
    }
  },
)
