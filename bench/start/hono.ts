import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import type { Running } from '../http/servers.ts'
import { declared, handle } from './routes.ts'

export function start(listenPort: number): Promise<Running> {
  const app = new Hono()
  app.get('/health', (context) => context.json({ status: 'ok' }))
  for (const { path, body } of declared)
    app.post(path, zValidator('json', body), (context) =>
      context.json(handle(context.req.param('id') as string, context.req.valid('json'))),
    )
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: listenPort }, ({ port }: AddressInfo) => {
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
