import { request } from 'node:https'
import { connect as connectNet } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { App, type Logger, silentLogger, sse, type TlsOptions } from 'millrace'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { type Certificate, makeCertificate } from './support/certificate.ts'
import { failOnFaults } from './support/faults.ts'

failOnFaults()

let certificate: Certificate
beforeAll(async () => {
  certificate = await makeCertificate()
})

/** Resolves to status and body. */
function get(port: number, path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', ca: certificate.cert, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve(`${response.statusCode} ${text}`))
      },
    )
    if (body) sent.setHeader('content-type', 'application/json')
    sent.on('error', reject).end(body)
  })
}

describe.each(['http', 'net', 'http2'] as const)('TLS (%s)', (transport) => {
  function makeApp() {
    const debugged = new Set<string>()
    let onDebug: () => void = () => undefined
    const logger: Logger = {
      ...silentLogger,
      debug: (message) => {
        debugged.add(message)
        onDebug()
      },
    }
    const app = new App({ docs: false, logger })
    app.get('/', ({ request, scheme }) => `${scheme} ${new URL(request.url).protocol}`)
    app.post('/large', { body: z.array(z.number()), response: z.array(z.number()) }, ({ body }) => body)
    app.get('/stream', { response: sse(z.number()) }, function* () {
      yield 1
      yield 2
    })
    app.ws('/echo', async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    const debuggedOnce = () => new Promise<void>((resolve) => (onDebug = resolve))
    return { app, debugged, debuggedOnce }
  }

  async function listen(app: App, tls: Partial<TlsOptions> = {}) {
    const server = await app.listen({
      port: 0,
      signals: false,
      graceMs: 500,
      transport,
      tls: { ...certificate, ...tls },
    })
    onTestFinished(() => server.close())
    return server
  }

  it('serves answers, bodies and streams, and the app sees https', async () => {
    const { port, url } = await listen(makeApp().app)
    expect(url).toBe(`https://127.0.0.1:${port}`)
    expect(await get(port, '/')).toBe('200 https https:')
    expect(await get(port, '/stream')).toBe('200 data: 1\n\ndata: 2\n\n')
    const numbers = JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index))
    expect(await get(port, '/large', numbers)).toBe(`200 ${numbers}`)
  })

  it('serves WebSockets', async () => {
    const { port } = await listen(makeApp().app)
    const socket = new WebSocket(`wss://127.0.0.1:${port}/echo`, { ca: certificate.cert })
    socket.on('open', () => socket.send('hello'))
    const message = await new Promise((resolve) => socket.on('message', (data) => resolve(String(data))))
    expect(message).toBe('hello')
    socket.close()
    await new Promise((resolve) => socket.on('close', resolve))
  })

  it('agrees on what the transport speaks, and on nothing else', async () => {
    const { port } = await listen(makeApp().app)
    const agreed = (ALPNProtocols: string[]) =>
      new Promise<string | false | null>((resolve) => {
        const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: certificate.cert, ALPNProtocols }, () => {
          resolve(socket.alpnProtocol)
          socket.destroy()
        })
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
      })
    const isHttp2 = transport === 'http2'
    const refused = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
    expect(await agreed(['h2', 'http/1.1'])).toBe(isHttp2 ? 'h2' : 'http/1.1')
    expect(await agreed(['h2'])).toBe(isHttp2 ? 'h2' : refused)
    expect(await agreed(['http/1.1'])).toBe('http/1.1')
    expect(await agreed(['spdy/3'])).toBe(refused)
  })

  it('tells clients that speak plain HTTP', async () => {
    const { port } = await listen(makeApp().app)
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect([answer.status, answer.headers.get('connection'), await answer.text()]).toEqual([
      400,
      'close',
      'This port speaks HTTPS: ask for https:// in place of http://\n',
    ])
    expect(await get(port, '/')).toBe('200 https https:')
  })

  it('asks clients for a certificate where it is told to', async () => {
    const { port } = await listen(makeApp().app, { requestCert: true, ca: certificate.cert })
    await expect(get(port, '/')).rejects.toThrow()
  })

  it.each([
    ['a client that speaks no TLS', 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n', {}],
    ['a client that says nothing in time', '', { handshakeTimeoutMs: 20 }],
    ['a client that stops in the middle', '\x16\x03\x01\x02\x00\x01', { handshakeTimeoutMs: 20 }],
  ])('cuts %s, tells of it at the level of debug, and serves on', async (_name, bytes, options) => {
    const { app, debugged, debuggedOnce } = makeApp()
    const { port } = await listen(app, options)
    const told = debuggedOnce()
    const socket = connectNet(port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.write(bytes, 'latin1')
    await new Promise((resolve) => socket.on('close', resolve))
    await told
    expect([...debugged]).toEqual(['A client did not complete the TLS handshake'])
    expect(await get(port, '/')).toBe('200 https https:')
  })

  it('does not wait at shutdown for clients that have not agreed on keys', async () => {
    const { app } = makeApp()
    const server = await app.listen({ port: 0, signals: false, graceMs: 1, transport, tls: certificate })
    const socket = connectNet(server.port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('connect', resolve))
    // Taken by the server once it has answered another that came later.
    await get(server.port, '/')
    await server.close()
    await closed
    expect(app.state).toBe('stopped')
  })

  it('refuses a certificate that cannot be used', async () => {
    const { app } = makeApp()
    await expect(
      app.listen({ port: 0, signals: false, transport, tls: { key: 'none', cert: certificate.cert } }),
    ).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringMatching(/^tls of listen\(\) cannot be used: /),
    })
  })
})
