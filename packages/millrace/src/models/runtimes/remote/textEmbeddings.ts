import { ModelError } from '../../errors.ts'
import { jsonRequest, parseJson } from './json.ts'
import type { ProtocolFactory } from './remote.ts'

/** text-embeddings-inference, `POST /embed` (https://huggingface.co/docs/text-embeddings-inference). */
export const textEmbeddings: ProtocolFactory = () => ({
  run: (server, items, signal) =>
    server.post(jsonRequest('/embed', { inputs: items }), signal, (bytes) => {
      const vectors = parseJson(bytes)
      if (!Array.isArray(vectors))
        throw new ModelError('model_failed', 'The remote server answered with no list of vectors')
      return vectors
    }),
})
