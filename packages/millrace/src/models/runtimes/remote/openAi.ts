import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import type { ProtocolFactory } from './remote.ts'
import { readEvents } from './serverSentEvents.ts'

interface Embeddings {
  readonly data?: readonly { readonly index: number; readonly embedding: string | readonly number[] }[]
}

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null }
    readonly finish_reason?: string | null
  }[]
  readonly error?: { readonly message?: string }
}

const json = { 'content-type': 'application/json' }

/** OpenAI's API: `POST /v1/embeddings` for batches, `POST /v1/chat/completions` for streams. */
export const openAi: ProtocolFactory = (model) => ({
  run: (server, items, signal) =>
    // base64 is a third of the size of decimal numbers, and what the official client asks for.
    server.post(
      '/v1/embeddings',
      JSON.stringify({ model, input: items, encoding_format: 'base64' }),
      json,
      signal,
      async (response) => {
        const { data } = (await response.json()) as Embeddings
        if (!Array.isArray(data)) throw new ModelError('model_failed', 'The remote server answered without `data`')
        return [...data].sort((one, other) => one.index - other.index).map(({ embedding }) => numbersOf(embedding))
      },
    ),
  async *stream(server, item, signal) {
    const body = JSON.stringify({ ...(item as object), model, stream: true })
    let isWhole = false
    for await (const data of readEvents(server.stream('/v1/chat/completions', body, json, signal))) {
      if (data === '[DONE]') return
      const { choices, error } = JSON.parse(data) as Chunk
      if (error)
        throw new HttpError(502, `The model broke off: ${error.message ?? 'no reason given'}`, {
          code: 'remote_failed',
        })
      const [choice] = choices ?? []
      if (choice?.delta?.content) yield choice.delta.content
      isWhole ||= choice?.finish_reason != null
    }
    if (!isWhole)
      throw new HttpError(502, 'The server behind this model broke off in the middle of its answer', {
        code: 'remote_failed',
      })
  },
})

/** Little-endian 32-bit floats in base64, or plain numbers. */
function numbersOf(embedding: string | readonly number[]): number[] {
  if (typeof embedding !== 'string') return [...embedding]
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
