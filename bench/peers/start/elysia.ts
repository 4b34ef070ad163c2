import { node } from '@elysiajs/node'
import { Elysia, t } from 'elysia'
import type { Running } from '../../http/servers.ts'
import { count, handle } from '../../start/routes.ts'

/** On Bun without an adapter, on Node with its own. */
export async function start(port: number): Promise<Running> {
  const app = new Elysia('Bun' in globalThis ? {} : { adapter: node() })
  app.get('/health', () => ({ status: 'ok' }))
  for (let index = 0; index < count; index++)
    app.post(`/operation${index}/:id` as '/operation/:id', ({ params: { id }, body }) => handle(id, body), {
      body: t.Object({
        text: t.String({ minLength: 1, maxLength: 2000 }),
        times: t.Integer({ minimum: 0, maximum: index + 10 }),
        tags: t.Array(t.String({ maxLength: 32 }), { maxItems: 16 }),
      }),
      response: t.Object({ id: t.String(), score: t.Number() }),
    })
  app.listen({ hostname: '127.0.0.1', port })
  return {
    port,
    close: async () => {
      await app.stop()
    },
  }
}
