import { bytes } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { expectServed, makeApp } from './support/transportApp.ts'

failOnFaults()

describe('Expect: 100-continue', () => {
  const headers = ['expect: 100-continue', 'content-type: application/json']

  it('is answered when the body is wanted', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/echo', [...headers, 'content-length: 7']))
    expect((await socket.answer()).status).toBe(100)
    void socket.write('{"a":1}')
    expect(await socket.answer()).toMatchObject({ status: 200, body: '{"a":1}' })
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })

  it.each([
    ['too large', '/echo', 'content-length: 1001', 413],
    ['of an unknown route', '/nowhere', 'content-length: 7', 404],
    ['that nobody reads', '/ignore', 'content-length: 7', 200],
  ])('a body %s is refused before it is sent', async (_name, path, length, status) => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', path, [...headers, length]))
    expect(await socket.answer()).toMatchObject({ status, headers: { connection: 'close' } })
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })

  it('without a body leaves the connection open', async () => {
    const { app } = makeApp()
    app.post('/empty', { body: bytes() }, ({ body }) => String(body.length))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/empty', ['expect: 100-continue', 'content-type: application/octet-stream']))
    // An interim answer that nobody waits for is Node's way.
    let answer = await socket.answer()
    if (answer.status === 100) answer = await socket.answer()
    expect(answer).toMatchObject({ status: 200, body: '0' })
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })

  it('is not answered in the midst of another answer', async () => {
    const { app } = makeApp()
    app.post('/duplex', { response: bytes() }, async function* ({ request }) {
      yield new TextEncoder().encode('begun')
      yield* request.body ?? []
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/duplex', ['expect: 100-continue', 'transfer-encoding: chunked']))
    const head = await socket.until('\r\n\r\n')
    expect(await socket.until('begun\r\n')).toBe('5\r\nbegun\r\n')
    void socket.write('3\r\none\r\n0\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(await socket.until('0\r\n\r\n')).toBe('3\r\none\r\n0\r\n\r\n')
  })

  it('of something else is ignored', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/echo', ['expect: magic', 'content-type: application/json'], '{"a":1}'))
    expect(await socket.answer()).toMatchObject({ status: 200, body: '{"a":1}' })
  })
})
