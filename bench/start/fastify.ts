import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { Running } from '../http/servers.ts'
import { type Body, count, handle } from './routes.ts'

export async function start(listenPort: number): Promise<Running> {
  const app = Fastify({ ajv: { customOptions: { unicode: false, logger: false } } })
  app.get('/health', () => ({ status: 'ok' }))
  for (let index = 0; index < count; index++) {
    const body = {
      type: 'object',
      properties: {
        text: { type: 'string', minLength: 1, maxLength: 2000 },
        times: { type: 'integer', minimum: 0, maximum: index + 10 },
        tags: { type: 'array', items: { type: 'string', maxLength: 32 }, maxItems: 16 },
      },
      required: ['text', 'times', 'tags'],
    }
    const answer = {
      type: 'object',
      properties: { id: { type: 'string' }, score: { type: 'number' } },
      required: ['id', 'score'],
    }
    app.post<{ Body: Body; Params: { id: string } }>(
      `/operation${index}/:id`,
      { schema: { body, response: { 200: answer } } },
      (request, reply) => void reply.send(handle(request.params.id, request.body)),
    )
  }
  await app.listen({ host: '127.0.0.1', port: listenPort })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}
