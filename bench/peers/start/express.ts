import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Running } from '../../http/servers.ts'
import { declared, handle } from '../../start/routes.ts'

export function start(listenPort: number): Promise<Running> {
  const app = express()
  app.use(express.json())
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  for (const { path, body } of declared)
    app.post(path, (request, response) => {
      const read = body.safeParse(request.body)
      if (read.success) response.json(handle((request.params as { id: string }).id, read.data))
      else response.status(422).json({ issues: read.error.issues })
    })
  return new Promise((resolve) => {
    const server = app.listen(listenPort, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
