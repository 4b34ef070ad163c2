import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Running } from '../servers.ts'
import { app } from './honoApp.ts'

export function start(listenPort: number): Promise<Running> {
  return new Promise((resolve) => {
    const serverOptions = { optimizeEmptyRequests: true }
    const options = { fetch: app.fetch, hostname: '127.0.0.1', port: listenPort, serverOptions }
    const server = serve(options, ({ port }: AddressInfo) => {
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
