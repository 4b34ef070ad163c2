import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Running } from '../http/servers.ts'

/** What Node alone needs: a server without any operation. */
export function start(listenPort: number): Promise<Running> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => response.end('{"status":"ok"}'))
    server.listen(listenPort, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
