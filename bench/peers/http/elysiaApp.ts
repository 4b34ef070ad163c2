import { Elysia, sse, t } from 'elysia'
import { call, predict, tokens } from '../../http/workloads.ts'

// Elysia in production, with its own schemas: it checks what it answers, too, and leaves out what is not declared.
const numbers = t.Array(t.Number(), { minItems: 32, maxItems: 32 })
const status = t.Object({ status: t.Literal('ok') })

/** The app, on Bun or on the adapter that is given. */
export function makeApp(config: ConstructorParameters<typeof Elysia>[0] = {}) {
  return new Elysia(config)
    .get('/health', () => ({ status: 'ok' as const }), { response: status })
    .post('/predict', ({ body }) => predict(body), {
      body: t.Object({
        text: t.String({ minLength: 1, maxLength: 2000 }),
        limit: t.Integer({ minimum: 1, maximum: 100, default: 10 }),
        options: t.Object({ model: t.String({ minLength: 1, maxLength: 64 }), normalize: t.Boolean() }),
        tags: t.Array(t.String({ minLength: 1, maxLength: 32 }), { maxItems: 16 }),
      }),
      response: t.Object({ scores: numbers, embedding: numbers }),
    })
    .get('/items/:id', ({ params: { id }, query: { limit, tag } }) => ({ id, limit, tag }), {
      params: t.Object({ id: t.Integer({ minimum: 1 }) }),
      query: t.Object({
        limit: t.Integer({ minimum: 1, maximum: 100 }),
        tag: t.String({ minLength: 1, maxLength: 32 }),
      }),
      response: t.Object({ id: t.Integer(), limit: t.Integer(), tag: t.String() }),
    })
    .get(
      '/wait',
      async () => {
        await call()
        return { status: 'ok' as const }
      },
      { response: status },
    )
    .get('/events', async function* () {
      for await (const token of tokens()) yield sse({ data: token })
    })
}
