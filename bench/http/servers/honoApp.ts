import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { coerced, predictBody } from '../schemas.ts'
import { call, predict, tokens } from '../workloads.ts'

// Hono has no check of what it answers: its figures stand for less work than those of the others.
export const app = new Hono()

app.get('/health', (context) => context.json({ status: 'ok' }))

app.post('/predict', zValidator('json', predictBody), (context) => {
  return context.json(predict(context.req.valid('json')))
})

app.get('/items/:id', zValidator('param', coerced.itemParams), zValidator('query', coerced.itemQuery), (context) => {
  const { id } = context.req.valid('param')
  const { limit, tag } = context.req.valid('query')
  return context.json({ id, limit, tag })
})

app.get('/wait', async (context) => {
  await call()
  return context.json({ status: 'ok' })
})

app.get('/events', (context) =>
  streamSSE(context, async (stream) => {
    for await (const token of tokens()) await stream.writeSSE({ data: JSON.stringify(token) })
  }),
)
