import { App, sse } from 'millrace'
import { itemAnswer, itemParams, itemQuery, predictAnswer, predictBody, statusAnswer, token } from '../schemas.ts'
import type { Running } from '../servers.ts'
import { call, predict, tokens } from '../workloads.ts'

const app = new App({ title: 'Bench', version: '1.0.0' })

app.get('/health', { response: statusAnswer }, () => ({ status: 'ok' }))

app.post('/predict', { body: predictBody, response: predictAnswer }, ({ body }) => predict(body))

app.get('/items/:id', { params: itemParams, query: itemQuery, response: itemAnswer }, ({ params, query }) => ({
  id: params.id,
  limit: query.limit,
  tag: query.tag,
}))

app.get('/wait', { response: statusAnswer }, async () => {
  await call()
  return { status: 'ok' }
})

app.get('/events', { response: sse(token) }, tokens)

/** A copy of the app for each transport: an app that has been stopped does not start again. */
export function startOn(transport: 'http' | 'net', port: number): Promise<Running> {
  return app.with().listen({ port, signals: false, transport })
}
