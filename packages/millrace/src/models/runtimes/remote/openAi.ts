import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { readable } from './http.ts'
import { jsonRequest, parseJson } from './json.ts'
import type { ProtocolFactory } from './remote.ts'
import { readEvents } from './serverSentEvents.ts'

interface Embeddings {
  readonly data?: readonly { readonly index: number; readonly embedding: string | readonly number[] }[]
}

interface Chunk {
  readonly choices?: readonly {
    readonly index?: number
    readonly delta?: { readonly content?: string | null }
    readonly finish_reason?: string | null
  }[]
  readonly error?: { readonly message?: string }
}

/** OpenAI's API: `POST /v1/embeddings` for batches, `POST /v1/chat/completions` for streams. */
export const openAi: ProtocolFactory = ({ model }) => ({
  run: (server, items, signal) => {
    // base64 is a third of the size of decimal numbers, and what the official client asks for.
    const request = jsonRequest('/v1/embeddings', { model, input: items, encoding_format: 'base64' })
    return server.post(request, signal, (bytes) => vectorsOf(parseJson(bytes) as Embeddings, items.length))
  },
  async *stream(server, item, signal) {
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new HttpError(422, 'An item has to be an object with `messages`', { code: 'wrong_input' })
    const request = jsonRequest('/v1/chat/completions', { ...item, model, stream: true })
    const chunks = server.stream(request, signal)
    let isWhole = false
    for await (const data of readEvents(chunks, server.maxResponseBytes)) {
      if (data === '[DONE]') return
      const { choices, error } = readable(() => JSON.parse(data) as Chunk)
      if (error)
        throw new HttpError(502, `The model broke off: ${error.message ?? 'no reason given'}`, {
          code: 'remote_failed',
        })
      // Where the item asks for several answers, theirs come mixed; this is the stream of one.
      const choice = choices?.find(({ index = 0 }) => index === 0)
      if (choice?.delta?.content) yield choice.delta.content
      isWhole ||= choice?.finish_reason != null
    }
    if (!isWhole)
      throw new HttpError(502, 'The server behind this model broke off in the middle of its answer', {
        code: 'remote_failed',
      })
  },
})

/** In the order of the items, whatever that of the answer. */
function vectorsOf({ data }: Embeddings, count: number): number[][] {
  if (!Array.isArray(data)) throw new ModelError('model_failed', 'The remote server answered without `data`')
  if (data.length !== count)
    throw new ModelError('wrong_result_count', `The remote server gave ${data.length} results for a batch of ${count}`)
  const vectors = new Map<number, number[]>(data.map(({ index, embedding }) => [index, numbersOf(embedding)]))
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index)
    if (vector) return vector
    throw new ModelError('model_failed', `The remote server gave no embedding with the index ${index}`)
  })
}

/** Little-endian 32-bit floats in base64, or plain numbers. */
function numbersOf(embedding: string | readonly number[]): number[] {
  if (typeof embedding !== 'string') return [...embedding]
  const bytes = Buffer.from(embedding, 'base64')
  if (bytes.length % 4 !== 0) throw new TypeError('an embedding has not the length of 32-bit floats')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
