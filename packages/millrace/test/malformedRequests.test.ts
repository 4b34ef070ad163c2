import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { expectServed, makeApp } from './support/transportApp.ts'

failOnFaults()

const malformed = {
  status: 400,
  headers: { 'content-type': 'application/problem+json', connection: 'close' },
  body: '{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request is not well-formed HTTP/1.1","code":"bad_request"}',
}

describe('bytes that are no proper HTTP', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01garbage\r\n\r\n'],
    ['a method that does not exist', 'FOO /ok HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host', 'GET /ok HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /ok HTTP/1.1\r\nhost: a\r\nHost: a\r\n\r\n'],
    ['another Host than in its target', 'GET http://b/ok HTTP/1.1\r\nhost: a\r\n\r\n'],
    [
      'a length and chunks at once',
      'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /ok',
    ],
    ['two lengths', 'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd'],
    ['a length that is no number', 'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: +3\r\n\r\nabc'],
    [
      'a transfer encoding that does not end in chunks',
      'POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    ],
    ['a space before the colon', 'GET /ok HTTP/1.1\r\nhost : a\r\n\r\n'],
    ['a folded header', 'GET /ok HTTP/1.1\r\nhost: a\r\n b: c\r\n\r\n'],
    ['a bare line feed in a header', 'GET /ok HTTP/1.1\r\nhost: a\nx: y\r\n\r\n'],
    ['a NUL in a header', 'GET /ok HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n'],
  ])('%s: refused, closed', async (_name, bytes) => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(bytes)
    expect(await socket.answer()).toMatchObject(malformed)
    socket.end()
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })

  it('a bad chunk in a body that is being read: refused, closed', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(
      `${rawRequest('POST', '/echo', ['content-type: application/json', 'transfer-encoding: chunked'])}zz\r\n`,
    )
    expect(await socket.answer()).toMatchObject(malformed)
    socket.end()
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })

  it('garbage after a whole request does not take the place of its answer', async () => {
    const { app } = makeApp()
    const ready = Promise.withResolvers<string>()
    app.get('/slow', () => ready.promise)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    await socket.write(`${rawRequest('GET', '/slow')}garbage\r\n\r\n`)
    await expectServed(port)
    ready.resolve('slow')
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'slow', headers: { connection: 'close' } })
    expect(await socket.closed).toBe('ended')
  })

  it('a CONNECT is closed', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n')
    await socket.closed
    await expectServed(port)
  })
})
