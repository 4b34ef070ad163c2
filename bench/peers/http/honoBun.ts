import { app } from '../../http/servers/honoApp.ts'
import type { Running } from '../../http/servers.ts'

declare const Bun: {
  serve(options: object): { readonly port: number; stop(closeConnections: boolean): Promise<void> }
}

export async function start(listenPort: number): Promise<Running> {
  const server = Bun.serve({ hostname: '127.0.0.1', port: listenPort, fetch: app.fetch })
  return { port: server.port, close: () => server.stop(true) }
}
