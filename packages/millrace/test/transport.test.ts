import {
  Answer,
  type AnswerStream,
  App,
  bytes,
  type HandlerContext,
  HeaderList,
  HttpError,
  html,
  reply,
  sse,
} from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { type Recorder, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

function makeApp(): { app: App; log: Recorder } {
  const log = recorder()
  const app = new App({ logger: log.logger, docs: false, maxBodyBytes: 1_000 })
  app.get('/ok', () => 'ok')
  app.post('/echo', { body: z.object({ a: z.number() }) }, ({ body }) => body)
  app.post('/ignore', () => 'ignored')
  return { app, log }
}

async function expectServed(port: number): Promise<void> {
  const socket = new RawSocket(port)
  void socket.write(rawRequest('GET', '/ok', ['connection: close']))
  expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
  expect(await socket.closed).toBe('ended')
}

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

describe('what HTTP allows', () => {
  it('pipelined requests are answered in order', async () => {
    const { app } = makeApp()
    const first = Promise.withResolvers<string>()
    app.get('/slow', () => first.promise)
    app.get('/release', () => first.resolve('slow'))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(
      rawRequest('GET', '/slow') +
        rawRequest('GET', '/nowhere') +
        rawRequest('POST', '/echo', ['content-type: application/json'], '{"a":1}') +
        rawRequest('GET', '/release'),
    )
    const answers = [await socket.answer(), await socket.answer(), await socket.answer(), await socket.answer()]
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 204])
    expect(answers[2]?.body).toBe('{"a":1}')
  })

  it('as many as a client likes may wait, each with a signal', async () => {
    const { app } = makeApp()
    const gate = Promise.withResolvers<void>()
    let count = 0
    app.get('/wait', async ({ signal }) => {
      if (++count === 50) gate.resolve()
      await gate.promise
      return signal.aborted
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/wait').repeat(50))
    for (let index = 0; index < 50; index++) expect((await socket.answer()).body).toBe('false')
  })

  it('HEAD has the length that GET would have, or that its own handler gives', async () => {
    const { app } = makeApp()
    app.head('/own', () => new Answer(200, ['content-length', '1234'], null))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('HEAD', '/ok') + rawRequest('HEAD', '/own') + rawRequest('GET', '/ok'))
    expect((await socket.answer({ method: 'HEAD' })).headers['content-length']).toBe('2')
    expect((await socket.answer({ method: 'HEAD' })).headers['content-length']).toBe('1234')
    expect((await socket.answer()).body).toBe('ok')
  })

  it('a target may be a whole URL', async () => {
    const { app } = makeApp()
    app.get('/url', ({ request }) => request.url)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', 'http://localhost/url?a=1'))
    expect((await socket.answer()).body).toBe('http://localhost/url?a=1')
  })

  it('OPTIONS may ask for the server itself', async () => {
    const { app } = makeApp()
    app.use(async (_context, next) => {
      const answer = await next()
      answer.headers.set('x-around', 'it')
      return answer
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('OPTIONS', '*'))
    expect(await socket.answer()).toMatchObject({ status: 204, headers: { 'x-around': 'it' }, body: '' })
  })

  it('HTTP/1.0 without Host is answered and closed', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write('GET /ok HTTP/1.0\r\n\r\n')
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok', headers: { connection: 'close' } })
    expect(await socket.closed).toBe('ended')
  })

  it('HEAD on a stream has its headers, no body, and ends the generator', async () => {
    const { app } = makeApp()
    const ended = Promise.withResolvers<number>()
    let pulled = 0
    app.get('/stream', { response: sse(z.number()) }, async function* () {
      try {
        for (;;) yield ++pulled
      } finally {
        ended.resolve(pulled)
      }
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('HEAD', '/stream') + rawRequest('GET', '/ok'))
    const { status, headers } = await socket.answer({ method: 'HEAD' })
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
    expect(await ended.promise).toBe(1)
  })

  it('a body is read alike with its head, behind another, after it, and in pieces', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    const echo = (a: number) => rawRequest('POST', '/echo', ['content-type: application/json'], `{"a":${a}}`)
    const chunked = rawRequest('POST', '/echo', ['content-type: application/json', 'transfer-encoding: chunked'])
    void socket.write(`${echo(1)}${echo(2)}${chunked}3\r\n{"a\r\n4\r\n":3}\r\n0\r\n\r\n${echo(4).slice(0, -7)}`)
    const answers = [await socket.answer(), await socket.answer(), await socket.answer()]
    void socket.write(`{"a":4}${echo(5).slice(0, -3)}`)
    answers.push(await socket.answer())
    void socket.write(`:5}${rawRequest('GET', '/ok')}`)
    answers.push(await socket.answer())
    expect(answers.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}', '{"a":4}', '{"a":5}'])
    expect((await socket.answer()).body).toBe('ok')
  })

  it('a body in chunks may have extensions and trailers, which are dropped', async () => {
    const app = new App({ docs: false, logger: false })
    app.post('/', async ({ request }) => [await request.text(), [...request.headers.keys()]])
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    const head = rawRequest('POST', '/', ['transfer-encoding: chunked', 'trailer: x-sum'])
    await socket.write(`${head}3;a;b="c d"\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 5\r\n\r\n${rawRequest('GET', '/nowhere')}`)
    expect(JSON.parse((await socket.answer()).body)).toEqual(['abcde', ['host', 'trailer', 'transfer-encoding']])
    expect((await socket.answer()).status).toBe(404)
  })

  it('a body that nobody reads does not disturb the next request', async () => {
    const { app } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(
      rawRequest('POST', '/ignore', [], 'GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n') + rawRequest('GET', '/ok'),
    )
    expect((await socket.answer()).body).toBe('ignored')
    expect((await socket.answer()).body).toBe('ok')
  })

  it('a body can be read after a middleware has looked at the request', async () => {
    const { app, log } = makeApp()
    app.use((context, next) => {
      context.log.debug(context.request.url)
      return next()
    })
    app.post('/both', { body: z.object({ a: z.number() }) }, async ({ body, request }) => [body, await request.json()])
    app.post('/stream', async ({ request }) => (await request.text()).length)
    app.post('/cancel', async ({ request }) => {
      await request.body?.cancel()
      return 'cancelled'
    })
    app.post('/twice', async ({ request }) => [await request.text(), await request.text()])
    const { request } = await serveHttp(app)
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
    expect(await (await request('/both', init)).json()).toEqual([{ a: 1 }, { a: 1 }])
    expect(await (await request('/stream', { method: 'POST', body: 'x'.repeat(1_000) })).text()).toBe('1000')
    const large = await request('/stream', { method: 'POST', body: 'x'.repeat(1_001) })
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([413, 'body_too_large'])
    expect(await (await request('/cancel', init)).text()).toBe('cancelled')
    expect((await request('/twice', init)).status).toBe(500)
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('a handler can stream its request back', async () => {
    const { app } = makeApp()
    app.post('/duplex', ({ request }) => new Response(request.body))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/duplex', ['transfer-encoding: chunked']))
    void socket.write('3\r\none\r\n')
    await socket.until('3\r\none\r\n')
    void socket.write('3\r\ntwo\r\n0\r\n\r\n')
    expect(await socket.until('0\r\n\r\n')).toBe('3\r\ntwo\r\n0\r\n\r\n')
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })
})

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

describe('an answer', () => {
  const split = 'a\r\nset-cookie: stolen=1\r\n\r\n<html>'
  const handlers: Record<string, (context: HandlerContext<'/injection'>) => unknown> = {
    'response.headers': ({ response }) => void response.headers.set('x-name', split),
    'the name of a header': ({ response }) => void response.headers.set(split, 'a'),
    'a cookie': ({ response }) => void response.setCookie('a', 'b', { path: split }),
    'the name of a cookie': ({ response }) => void response.setCookie(split, 'b'),
    'a reply': () => reply(201, 'a', { headers: { location: split } }),
    'an HttpError': () => {
      throw new HttpError(401, 'no', { headers: { 'www-authenticate': split } })
    },
    'an Answer': () => new Answer(200, ['x-name', split], 'a'),
    'a list of headers': () => new Answer(200, new HeaderList(['x-name', split]), 'a'),
    'a name without a value': () => new Answer(200, ['x-name'], 'a'),
    'an event stream': ({ response }) => {
      response.headers.flat.push('x-name', split)
      return new Response('a')
    },
    'an interim status': ({ response }) => {
      response.status = 103
      return 'a'
    },
    'a status out of range': ({ response }) => {
      response.status = 1_000
      return 'a'
    },
  }

  it.each(Object.entries(handlers))('is not split by %s', async (_name, handler) => {
    const { app, log } = makeApp()
    app.get('/injection', handler)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/injection') + rawRequest('GET', '/ok'))
    const { status, headers, body } = await socket.answer()
    expect([status, headers['set-cookie'], JSON.parse(body).code]).toEqual([500, undefined, 'internal_error'])
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
    expect(log.takeErrors().length).toBeGreaterThan(0)
  })

  it('that cannot be sent ends its stream', async () => {
    const { app, log } = makeApp()
    const ended = Promise.withResolvers<void>()
    const stream: AnswerStream = {
      next: async () => ({ done: false, value: 'a' }),
      return: async () => ended.resolve(),
    }
    app.get('/stream', () => {
      const answer = new Answer(200, [], stream)
      answer.headers.flat.push('x-name', split)
      return answer
    })
    const { request } = await serveHttp(app)
    expect((await request('/stream')).status).toBe(500)
    await ended.promise
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('has the length of its body, whatever its headers say', async () => {
    const { app } = makeApp()
    app.get('/long', { response: html() }, ({ response }) => {
      response.headers.set('content-length', '2').set('transfer-encoding', 'chunked')
      return 'four'
    })
    app.get('/short', () => new Answer(200, ['Content-Type', 'text/plain', 'Content-Length', '3'], 'hello'))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/long') + rawRequest('GET', '/ok'))
    const { headers, body } = await socket.answer()
    expect([headers['content-length'], headers['transfer-encoding'], body]).toEqual(['4', undefined, 'four'])
    expect((await socket.answer()).body).toBe('ok')
    void socket.write(rawRequest('GET', '/short'))
    const short = await socket.answer()
    expect([short.headers['content-length'], short.headers['content-type'], short.body]).toEqual([
      '5',
      'text/plain',
      'hello',
    ])
  })

  it('that fails is cut after its last piece, and after the answers before it', async () => {
    const { app, log } = makeApp()
    const gate = Promise.withResolvers<string>()
    const failed = Promise.withResolvers<void>()
    app.get('/slow', () => gate.promise)
    app.get('/failing', { response: bytes() }, async function* () {
      try {
        yield new TextEncoder().encode('first words')
        yield new TextEncoder().encode('last words')
        throw new Error('lost')
      } finally {
        failed.resolve()
      }
    })
    const { port } = await serveHttp(app)
    const alone = new RawSocket(port)
    void alone.write(rawRequest('GET', '/failing'))
    await alone.until('first words')
    await alone.until('last words')
    expect(await alone.closed).toBe('ended')
    await expect(alone.until('\r\n0\r\n')).rejects.toThrow('The connection ended')
    const pipelined = new RawSocket(port)
    void pipelined.write(rawRequest('GET', '/slow') + rawRequest('GET', '/failing'))
    await failed.promise
    gate.resolve('slow')
    expect((await pipelined.answer()).body).toBe('slow')
    await pipelined.until('last words')
    await pipelined.closed
    expect(log.takeErrors()).toEqual(Array.from({ length: 2 }, () => ({ message: 'A stream failed', error: 'lost' })))
  })

  it('in pieces that are more than announced is cut, not continued as another answer', async () => {
    const { app, log } = makeApp()
    app.get(
      '/long',
      () => new Response(new Blob(['HTTP/1.1 200 OK\r\n']).stream(), { headers: { 'content-length': '4' } }),
    )
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/long'))
    await socket.closed
    await expect(socket.answer()).rejects.toThrow('The connection ended')
    await expectServed(port)
    expect(log.takeErrors()).toHaveLength(1)
  })
})
