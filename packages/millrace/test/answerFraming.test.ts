import { Answer, type AnswerStream, bytes, type HandlerContext, HeaderList, HttpError, html, reply } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { expectServed, makeApp } from './support/transportApp.ts'

failOnFaults()

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
