import { App, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const timeoutMs = 200

function makeApp(): App {
  const app = new App({ docs: false, logger: false })
  app.get('/', () => 'ok')
  app.post('/', { body: text() }, ({ body }) => body)
  return app
}

/** As a model does that runs on the event loop. */
function holdUp(): void {
  const end = performance.now() + timeoutMs + 1_300
  while (performance.now() < end);
}

describe.each(['net', 'http', 'http2'] as const)('a server whose event loop was held up (%s)', (transport) => {
  it('answers what has come on an idle connection, before it closes those on which nothing has', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs: timeoutMs }, transport)
    const [busy, idle] = [new RawSocket(port), new RawSocket(port)]
    for (const socket of [busy, idle]) {
      await socket.write(rawRequest('GET', '/'))
      expect((await socket.answer()).body).toBe('ok')
    }
    void busy.write(rawRequest('GET', '/'))
    holdUp()
    expect((await busy.answer()).body).toBe('ok')
    expect(await idle.closed).toBe('ended')
  })
})

describe.each(['net', 'http2'] as const)('a server whose event loop was held up (%s)', (transport) => {
  it.each([
    ['a head', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-', 'type: text/plain\r\ncontent-length: 2\r\n\r\nhi'],
    ['a body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nh', 'i'],
  ])('reads the rest of %s, before it finds that late', async (_part, first, rest) => {
    const limits = { headersTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs }
    const { port, request } = await serveHttp(makeApp(), limits, transport)
    const socket = new RawSocket(port)
    await socket.write(first)
    // By then it has read the first part, too.
    await (await request('/')).text()
    void socket.write(rest)
    holdUp()
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'hi' })
  })
})
