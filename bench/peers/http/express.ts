import type { AddressInfo } from 'node:net'
import express, { type Response } from 'express'
import type { z } from 'zod'
import { coerced, predictBody } from '../../http/schemas.ts'
import type { Running } from '../../http/servers.ts'
import { call, predict, tokens } from '../../http/workloads.ts'

// Express in production, without the hash of each answer that it makes by default. No check of what is answered. Without
// Node's `optimizeEmptyRequests`: its 404 waits for the end of the request, which is not told then.
const app = express()
app.disable('etag')
app.disable('x-powered-by')

const refuse = (response: Response, { issues }: z.ZodError) => response.status(422).json({ issues })

app.get('/health', (_request, response) => {
  response.json({ status: 'ok' })
})

app.post('/predict', express.json({ limit: '1mb' }), (request, response) => {
  const body = predictBody.safeParse(request.body)
  if (body.success) response.json(predict(body.data))
  else refuse(response, body.error)
})

app.get('/items/:id', (request, response) => {
  const params = coerced.itemParams.safeParse(request.params)
  if (!params.success) return void refuse(response, params.error)
  const query = coerced.itemQuery.safeParse(request.query)
  if (!query.success) return void refuse(response, query.error)
  response.json({ id: params.data.id, limit: query.data.limit, tag: query.data.tag })
})

app.get('/wait', async (_request, response) => {
  await call()
  response.json({ status: 'ok' })
})

app.get('/events', async (_request, response) => {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for await (const token of tokens()) {
    if (response.destroyed) return
    response.write(`data: ${JSON.stringify(token)}\n\n`)
  }
  response.end()
})

export function start(listenPort: number): Promise<Running> {
  return new Promise((resolve) => {
    const server = app.listen(listenPort, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
