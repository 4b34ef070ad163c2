import { node } from '@elysiajs/node'
import type { Running } from '../../http/servers.ts'
import { makeApp } from './elysiaApp.ts'

export async function start(port: number): Promise<Running> {
  const app = makeApp({ adapter: node() })
  app.listen({ hostname: '127.0.0.1', port })
  return {
    port,
    close: async () => {
      await app.stop()
    },
  }
}
