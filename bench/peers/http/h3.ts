import { createEventStream, getValidatedQuery, getValidatedRouterParams, H3, readValidatedBody, serve } from 'h3'
import { coerced, predictBody } from '../../http/schemas.ts'
import type { Running } from '../../http/servers.ts'
import { call, predict, tokens } from '../../http/workloads.ts'

// h3 has no check of what it answers.
const app = new H3()

app.get('/health', () => ({ status: 'ok' }))

app.post('/predict', async (event) => {
  return predict(await readValidatedBody(event, predictBody))
})

app.get('/items/:id', async (event) => {
  const { id } = await getValidatedRouterParams(event, coerced.itemParams)
  const { limit, tag } = await getValidatedQuery(event, coerced.itemQuery)
  return { id, limit, tag }
})

app.get('/wait', async () => {
  await call()
  return { status: 'ok' }
})

app.get('/events', (event) => {
  const stream = createEventStream(event)
  const write = async () => {
    for await (const token of tokens()) await stream.push(JSON.stringify(token))
    await stream.close()
  }
  write().catch(() => stream.close())
  return stream.send()
})

export async function start(listenPort: number): Promise<Running> {
  const node = { optimizeEmptyRequests: true }
  const server = await serve(app, { hostname: '127.0.0.1', port: listenPort, silent: true, node }).ready()
  return { port: Number(new URL(server.url as string).port), close: () => server.close(true) }
}
