import { Answer, App, sse } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { makeApp } from './support/transportApp.ts'

failOnFaults()

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
