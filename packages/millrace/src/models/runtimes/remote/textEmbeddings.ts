import { ModelError } from '../../errors.ts'
import type { ProtocolFactory } from './remote.ts'

/** text-embeddings-inference, `POST /embed` (https://huggingface.co/docs/text-embeddings-inference). */
export const textEmbeddings: ProtocolFactory = () => ({
  run: (server, items, signal) =>
    server.post(
      '/embed',
      JSON.stringify({ inputs: items }),
      { 'content-type': 'application/json' },
      signal,
      async (response) => {
        const vectors: unknown = await response.json()
        if (!Array.isArray(vectors))
          throw new ModelError('model_failed', 'The remote server answered with no list of vectors')
        return vectors
      },
    ),
})
