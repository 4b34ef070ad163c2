import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import type { Running } from '../servers.ts'
import { call, predict, tokens } from '../workloads.ts'

const numbers = { type: 'array', items: { type: 'number' }, minItems: 32, maxItems: 32 }
const vectors = {
  200: {
    type: 'object',
    properties: { scores: numbers, embedding: numbers },
    required: ['scores', 'embedding'],
  },
}

const status = {
  schema: {
    response: {
      200: { type: 'object', properties: { status: { type: 'string', const: 'ok' } }, required: ['status'] },
    },
  },
}

const prediction = {
  type: 'object',
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 2000 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    options: {
      type: 'object',
      properties: {
        model: { type: 'string', minLength: 1, maxLength: 64 },
        normalize: { type: 'boolean' },
      },
      required: ['model', 'normalize'],
    },
    tags: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 32 }, maxItems: 16 },
  },
  required: ['text', 'options', 'tags'],
}

/**
 * Fastify at its best: JSON Schema, and response schemas for its serializer, which writes only what is declared but
 * checks nothing. `unicode: false` counts the length of a string as zod and JavaScript do; counting code points, as Ajv
 * does by default, is many times slower. Its logger would warn of the option. Node makes no stream for requests without a
 * body where it is told to.
 *
 * @param declaresVectors whether the answer of W2 has a response schema. For numbers that differ from answer to answer
 *   its serializer takes twice as long as `JSON.stringify`, which writes the answer without one.
 */
export async function startFastify(listenPort: number, declaresVectors: boolean): Promise<Running> {
  const app = Fastify({
    http: { optimizeEmptyRequests: true },
    ajv: { customOptions: { unicode: false, logger: false } },
  })

  app.get('/health', status, (_request, reply) => {
    reply.send({ status: 'ok' })
  })

  app.get('/wait', status, async () => {
    await call()
    return { status: 'ok' }
  })

  app.get('/events', (_request, reply) => {
    reply.headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    reply.send(Readable.from(events(), { objectMode: false }))
  })

  app.get<{ Params: { id: number }; Querystring: { limit: number; tag: string } }>(
    '/items/:id',
    {
      schema: {
        params: { type: 'object', properties: { id: { type: 'integer', minimum: 1 } }, required: ['id'] },
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: 100 },
            tag: { type: 'string', minLength: 1, maxLength: 32 },
          },
          required: ['limit', 'tag'],
        },
        response: {
          200: {
            type: 'object',
            properties: { id: { type: 'integer' }, limit: { type: 'integer' }, tag: { type: 'string' } },
            required: ['id', 'limit', 'tag'],
          },
        },
      },
    },
    (request, reply) => {
      reply.send({ id: request.params.id, limit: request.query.limit, tag: request.query.tag })
    },
  )

  app.post<{ Body: { text: string; limit: number } }>(
    '/predict',
    { schema: { body: prediction, ...(declaresVectors && { response: vectors }) } },
    (request, reply) => {
      reply.send(predict(request.body))
    },
  )

  await app.listen({ host: '127.0.0.1', port: listenPort })
  const { port } = app.server.address() as AddressInfo
  return { port, close: () => app.close() }
}

async function* events(): AsyncGenerator<string> {
  for await (const token of tokens()) yield `data: ${JSON.stringify(token)}\n\n`
}
