import { getRouterParam, H3, readValidatedBody, serve } from 'h3'
import type { Running } from '../../http/servers.ts'
import { declared, handle } from '../../start/routes.ts'

export async function start(listenPort: number): Promise<Running> {
  const app = new H3()
  app.get('/health', () => ({ status: 'ok' }))
  for (const { path, body } of declared)
    app.post(path, async (event) => handle(getRouterParam(event, 'id') as string, await readValidatedBody(event, body)))
  const server = await serve(app, { hostname: '127.0.0.1', port: listenPort, silent: true }).ready()
  return { port: Number(new URL(server.url as string).port), close: () => server.close(true) }
}
