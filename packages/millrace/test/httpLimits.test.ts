import { App, text } from 'millrace'
import { expect, it } from 'vitest'
import { recorder, serveHttp, useTransport } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

useTransport('http')
await import('./limits.test.ts')

it('tells of a request whose body does not come in time what its client was told', async () => {
  const app = new App({ logger: recorder().logger, docs: false })
  app.post('/', { body: text() }, ({ body }) => body)
  const told = new Promise((resolve) => {
    app.on('request:sent', ({ answer: { status }, outcome }) => resolve([status, outcome]))
  })
  const { port } = await serveHttp(app, { requestTimeoutMs: 50 })
  const socket = new RawSocket(port)
  void socket.write(`${rawRequest('POST', '/', ['content-type: text/plain', 'content-length: 10'])}abc`)
  expect((await socket.answer()).status).toBe(408)
  expect(await told).toEqual([408, 'sent'])
  await expect(socket.bytes(1)).rejects.toThrow(/ended after: $/)
})
