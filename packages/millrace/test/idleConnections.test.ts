import { setTimeout as wait } from 'node:timers/promises'
import { App, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { destroyAfterEach, handshake } from './support/rawWebSocket.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

const keepAliveTimeoutMs = 20
/** By then a connection that is thought to be idle would be closed. */
const longMs = 10 * keepAliveTimeoutMs

function makeApp(): App {
  const app = new App({ docs: false, logger: false })
  app.get('/', () => 'ok')
  app.get('/long', () => wait(longMs, 'late'))
  app.post('/body', { body: text() }, ({ body }) => body)
  app.get('/events', { response: sse(z.string()) }, async function* () {
    yield 'first'
    await wait(longMs)
    yield 'last'
  })
  app.ws('/socket', async ({ socket }) => {
    await wait(longMs)
    socket.send('still here')
  })
  return app
}

describe.each(['net', 'http'] as const)('a connection that is not idle (%s)', (transport) => {
  it('is one whose answer takes its time', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs }, transport)
    const socket = new RawSocket(port)
    for (let count = 0; count < 2; count++) {
      await socket.write(rawRequest('GET', '/long'))
      expect((await socket.answer()).body).toBe('late')
    }
    expect(await socket.closed).toBe('ended')
  })

  it('is one whose stream pauses', async () => {
    const { request } = await serveHttp(makeApp(), { keepAliveTimeoutMs }, transport)
    expect(await (await request('/events')).text()).toContain('data: "last"')
  })

  it('is one whose body comes slowly', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs }, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('POST', '/body', ['content-type: text/plain', 'content-length: 2']))
    await wait(longMs)
    await socket.write('ab')
    expect((await socket.answer()).body).toBe('ab')
  })

  it('is one that has become a WebSocket', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs }, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/'))
    expect((await socket.answer()).body).toBe('ok')
    await socket.write(handshake('/socket'))
    expect(await socket.until('still here')).toContain('101 Switching Protocols')
  })

  it('is one whose first request is on its way: another limit holds for it', async () => {
    const limits = { keepAliveTimeoutMs, headersTimeoutMs: longMs }
    const { port } = await serveHttp(makeApp(), limits, transport)
    const socket = new RawSocket(port)
    await socket.write('GET / HTTP/1.1\r\n')
    expect((await socket.answer()).status).toBe(408)
  })

  it('is one whose next request is on its way, for which the same limit holds', async () => {
    const limits = { keepAliveTimeoutMs, headersTimeoutMs: longMs }
    const { port } = await serveHttp(makeApp(), limits, transport)
    const socket = new RawSocket(port)
    await socket.write(`${rawRequest('GET', '/')}GET / HTTP/1.1\r\n`)
    expect((await socket.answer()).status).toBe(200)
    expect((await socket.answer()).status).toBe(408)
  })
})

it.each(['net', 'http'] as const)('a connection on which only empty lines come is idle (%s)', async (transport) => {
  const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs }, transport)
  const socket = new RawSocket(port)
  await socket.write(rawRequest('GET', '/'))
  expect((await socket.answer()).body).toBe('ok')
  let isOpen = true
  void socket.closed.then(() => (isOpen = false))
  for (; isOpen; await wait(5)) void socket.write('\r\n')
})
