import { App } from 'millrace'
import { healthAnswer, itemAnswer, itemParams, itemQuery, predictAnswer, predictBody } from '../schemas.ts'
import type { Running } from '../servers.ts'
import { predict } from '../workloads.ts'

const app = new App({ title: 'Bench', version: '1.0.0' })

app.get('/health', { response: healthAnswer }, () => ({ status: 'ok' }))

app.post('/predict', { body: predictBody, response: predictAnswer }, ({ body }) => predict(body.limit))

app.get('/items/:id', { params: itemParams, query: itemQuery, response: itemAnswer }, ({ params, query }) => ({
  id: params.id,
  limit: query.limit,
  tag: query.tag,
}))

/** A copy of the app for each transport: an app that has been stopped does not start again. */
export function startOn(transport: 'http' | 'net'): Promise<Running> {
  return app.with().listen({ port: 0, signals: false, transport })
}
