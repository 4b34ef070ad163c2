import { App, type Logger, silentLogger } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { Http2Client } from './support/http2.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

/** An app that keeps all that is logged, and the paths of the requests in its access log. */
function makeApp() {
  const logged: [level: string, message: string, fields: unknown][] = []
  const write = (level: string) => (message: string, fields?: object) => void logged.push([level, message, fields])
  const logger: Logger = { ...silentLogger, debug: write('debug'), warn: write('warn'), error: write('error') }
  const answered: string[] = []
  const app = new App({ docs: false, logger, accessLog: ({ path }) => answered.push(path) })
  app.get('/', () => 'hello')
  app.post('/', async ({ request }) => await request.text())
  return { app, logged, answered }
}

function line(status: number, code: string) {
  return ['debug', 'A request was refused', { status, code, clientAddress: '127.0.0.1' }]
}

const secret = 'token-of-somebody'

describe.each(['net', 'http', 'http2'] as const)('what is refused before it is a request (%s)', (transport) => {
  it.each([
    ['no HTTP', `${secret}\r\n\r\n`, 400, 'bad_request'],
    ['a header that is none', `GET / HTTP/1.1\r\nhost: a\r\n${secret}\r\n\r\n`, 400, 'bad_request'],
    ['no host', `GET /?${secret} HTTP/1.1\r\n\r\n`, 400, 'bad_request'],
    ['headers that are too large', rawRequest('GET', '/', [`x: ${secret.repeat(100)}`]), 431, 'headers_too_large'],
    ['a part of a head', `GET /?${secret} HTTP/1.1\r\n`, 408, 'request_timeout'],
  ])('has a line in the log, and nothing of what came: %s', async (_name, bytes, status, code) => {
    const { app, logged, answered } = makeApp()
    const { port } = await serveHttp(app, { maxHeaderBytes: 1_000, headersTimeoutMs: 50 }, transport)
    const socket = new RawSocket(port)
    await socket.write(bytes)
    expect((await socket.answer()).status).toBe(status)
    expect(logged).toEqual([line(status, code)])
    expect(answered).toEqual([])
  })

  it('has none for what is a request', async () => {
    const { app, logged, answered } = makeApp()
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/none'))
    expect((await socket.answer()).status).toBe(404)
    // Its handler waits for the body, and answers.
    await socket.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n')
    expect((await socket.answer()).status).toBe(400)
    await socket.closed
    expect(logged).toEqual([])
    expect(answered[0]).toBe('/none')
  })
})

it('has a line for a request of HTTP/2 that breaks its rules', async () => {
  const { app, logged, answered } = makeApp()
  const { url } = await serveHttp(app, { maxHeaderBytes: 1_000 }, 'http2')
  const client = new Http2Client(url)
  const response = await client.request('/', { headers: { x: secret.repeat(80) } })
  expect(response.status).toBe(431)
  expect(logged).toEqual([line(431, 'headers_too_large')])
  expect(answered).toEqual([])
  client.session.destroy()
})
