import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { coerced, predictBody } from '../schemas.ts'
import type { Running } from '../servers.ts'
import { predict } from '../workloads.ts'

// Hono has no check of what it answers: its figures stand for less work than those of the others.
const app = new Hono()

app.get('/health', (context) => context.json({ status: 'ok' }))

app.post('/predict', zValidator('json', predictBody), (context) => {
  const { limit } = context.req.valid('json')
  return context.json(predict(limit))
})

app.get('/items/:id', zValidator('param', coerced.itemParams), zValidator('query', coerced.itemQuery), (context) => {
  const { id } = context.req.valid('param')
  const { limit, tag } = context.req.valid('query')
  return context.json({ id, limit, tag })
})

export function start(): Promise<Running> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) => {
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
