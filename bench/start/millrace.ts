import { App } from 'millrace'
import type { Running } from '../http/servers.ts'
import { declared, handle } from './routes.ts'

export function start(port: number): Promise<Running> {
  const app = new App({ title: 'Bench', version: '1.0.0' })
  app.get('/health', () => ({ status: 'ok' }))
  for (const { path, body, answer } of declared)
    app.post(path as '/operation/:id', { body, response: answer }, ({ params, body }) => handle(params.id, body))
  return app.listen({ port, signals: false })
}
