import { App } from 'millrace'
import { listModels } from 'millrace/models'
import { embedder, embedderName } from './embedder.ts'
import { page } from './page.ts'
import { Embeddings, EmbeddingsRequest, Ranking, RankRequest } from './schemas.ts'
import { dot, encoded } from './vectors.ts'

export const app = new App({
  title: 'Embeddings',
  version: '1.0.0',
  description: 'Turns texts into vectors, near each other where the meaning is, with all-MiniLM-L6-v2.',
})

app.include(page)

export const embeddings = app.post(
  '/v1/embeddings',
  {
    summary: 'Embed texts',
    description: 'In the form of OpenAI, so that its clients work; without `usage`.',
    body: EmbeddingsRequest,
    examples: { Two: { input: ['The mill turns with the river.', 'Water drives the wheel.'] } },
    response: Embeddings,
    deps: { embedder },
  },
  async ({ body, embedder }) => {
    const vectors = await embedder.runMany(typeof body.input === 'string' ? [body.input] : body.input)
    return {
      object: 'list' as const,
      model: embedderName,
      data: vectors.map((vector, index) => ({
        object: 'embedding' as const,
        index,
        embedding: encoded(vector, body.encoding_format),
      })),
    }
  },
)

export const rank = app.post(
  '/rank',
  {
    summary: 'Order texts by how near they are to a query',
    body: RankRequest,
    response: Ranking,
    deps: { embedder },
  },
  async ({ body, embedder }) => {
    const [query, ...vectors] = await embedder.runMany([body.query, ...body.texts])
    const ranking = body.texts.map((text, index) => ({
      index,
      text,
      similarity: dot(query as Float32Array, vectors[index] as Float32Array),
    }))
    return { ranking: ranking.sort((one, other) => other.similarity - one.similarity) }
  },
)

export const models = app.get('/models', { summary: 'State of the model' }, listModels(embedder))
