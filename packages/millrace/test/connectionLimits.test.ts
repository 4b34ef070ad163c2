import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { App, silentLogger, type TransportLimits } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from './support/certificate.ts'
import { failOnFaults } from './support/faults.ts'
import { serveHttp, serveHttp2 } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const transports = ['net', 'http', 'http2'] as const

/** An app, and the warnings of its log. */
function makeApp() {
  const warnings: unknown[] = []
  const warned = Promise.withResolvers<void>()
  const warn = (message: string, fields?: object) => {
    warnings.push([message, fields])
    warned.resolve()
  }
  const app = new App({ docs: false, logger: { ...silentLogger, warn } })
  app.get('/', () => 'ok')
  app.post('/length', async ({ request }) => (await request.text()).length)
  return { app, warnings, warned: warned.promise }
}

const message = 'Connections were closed: there are as many as limits.maxConnections allows'

describe.each(transports)('limits.maxConnections (%s)', (transport) => {
  it('closes connections beyond it at once, and takes others when there is room again', async () => {
    const { app, warnings, warned } = makeApp()
    const { port, close } = await serveHttp(app, { maxConnections: 2 }, transport)
    const [first, second] = [new RawSocket(port), new RawSocket(port)]
    for (const socket of [first, second]) {
      await socket.write(rawRequest('GET', '/'))
      expect((await socket.answer()).body).toBe('ok')
    }
    for (let count = 0; count < 3; count++) await new RawSocket(port).closed
    await warned
    expect(warnings).toEqual([[message, { maxConnections: 2, dropped: 1, total: 1 }]])
    first.destroy()
    for (let isAnswered = false; !isAnswered; ) {
      const next = new RawSocket(port)
      await next.write(rawRequest('GET', '/'))
      isAnswered = await next.answer().then(
        ({ body }) => body === 'ok',
        () => false,
      )
    }
    await close()
    // What was counted since is told at the end.
    const [last] = warnings.slice(1) as [string, { dropped: number; total: number }][]
    expect(warnings).toHaveLength(2)
    expect(last?.[1].total).toBeGreaterThanOrEqual(3)
    expect(last?.[1].dropped).toBe((last?.[1].total ?? 0) - 1)
  })

  it('counts those that have not agreed on keys yet', async () => {
    const { app, warned } = makeApp()
    const { key, cert } = await makeCertificate()
    const limits = { maxConnections: 1 }
    const server = await app.listen({ port: 0, signals: false, graceMs: 100, transport, tls: { key, cert }, limits })
    onTestFinished(() => server.close())
    const silent = connect(server.port, '127.0.0.1')
    await once(silent, 'connect')
    const refused = connectTls({ port: server.port, host: '127.0.0.1', ca: cert }).on('error', () => undefined)
    await new Promise((resolve) => refused.on('close', resolve))
    await warned
    silent.destroy()
  })
})

it.each([
  [{ maxConnections: -1 }, 'limits.maxConnections has to be a number from 1, or Infinity for no limit, not -1'],
  [
    { maxRequestsPerConnection: 0 },
    'limits.maxRequestsPerConnection has to be a number from 1, or Infinity for no limit, not 0',
  ],
] satisfies [TransportLimits, string][])('refuses %o', async (limits, message) => {
  const { app } = makeApp()
  for (const transport of transports)
    await expect(app.listen({ port: 0, transport, limits })).rejects.toMatchObject({ code: 'invalid_option', message })
})

it('takes the limits of the app where listen() names none', async () => {
  const app = new App({ docs: false, logger: false, limits: { maxRequestsPerConnection: 1, maxHeaderBytes: 500 } })
  app.get('/', () => 'ok')
  const { port } = await serveHttp(app, { maxHeaderBytes: 1_000 })
  const socket = new RawSocket(port)
  await socket.write(rawRequest('GET', '/', [`x-large: ${'x'.repeat(600)}`]))
  expect(await socket.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } })
  expect(() => new App({ limits: { keepAliveTimeoutMs: 0 } })).toThrow(
    'limits.keepAliveTimeoutMs has to be a positive number of milliseconds, not 0',
  )
})

describe.each(['net', 'http'] as const)('limits.maxRequestsPerConnection (%s)', (transport) => {
  const limits = { maxRequestsPerConnection: 2 }

  it('closes the connection after so many', async () => {
    const { port } = await serveHttp(makeApp().app, limits, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/'))
    expect((await socket.answer()).headers['connection']).not.toBe('close')
    await socket.write(rawRequest('POST', '/length', [], 'abc'))
    const last = await socket.answer()
    expect([last.headers['connection'], last.body]).toEqual(['close', '3'])
    expect(await socket.closed).toBe('ended')
  })

  it('answers none that were sent behind the last', async () => {
    const { app } = makeApp()
    let count = 0
    app.get('/count', () => ++count)
    const { port } = await serveHttp(app, limits, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/count').repeat(4))
    expect(await socket.answer()).toMatchObject({ status: 200, body: '1' })
    expect(await socket.answer()).toMatchObject({ status: 200, body: '2', headers: { connection: 'close' } })
    await socket.closed
    await expect(socket.answer()).rejects.toThrow('The connection ended')
    expect(count).toBe(2)
  })
})

it('tells a client of HTTP/2 to take another connection after so many requests', async () => {
  const { url } = await serveHttp2(makeApp().app, { maxRequestsPerConnection: 2 })
  const client = connectHttp2(url)
  onTestFinished(() => client.destroy())
  const goaway = once(client, 'goaway')
  const closed = once(client, 'close')
  const answers = [client.request({ ':path': '/' }), client.request({ ':path': '/' })].map((stream) => text(stream))
  expect(await Promise.all(answers)).toEqual(['ok', 'ok'])
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  await closed
})
