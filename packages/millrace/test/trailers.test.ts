import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { Answer, App, type BaseContext, bytes, compress, jsonl, sse, TrailerError } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

/** An answer as a client sees it, whatever the protocol. */
interface Seen {
  readonly status: number
  readonly announced: string | undefined
  readonly body: string
  /** Name, value, name, value. */
  readonly trailers: readonly string[]
}

interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function callHttp(url: string, path: string, { method = 'GET', headers = {} }: Call = {}): Promise<Seen> {
  const [response] = (await once(httpRequest(url + path, { method, headers, agent: false }).end(), 'response')) as [
    IncomingMessage,
  ]
  const body = await text(response)
  const { trailer } = response.headers
  return { status: response.statusCode ?? 0, announced: trailer, body, trailers: response.rawTrailers }
}

async function callHttp2(url: string, path: string, { method = 'GET', headers = {} }: Call = {}): Promise<Seen> {
  const client = connect(url)
  onTestFinished(() => client.destroy())
  const stream = client.request({ ':path': path, ':method': method, ...headers })
  const trailers: string[] = []
  stream.on('trailers', (_fields, _flags, raw: unknown) => trailers.push(...(raw as string[])))
  const [head] = (await once(stream, 'response')) as [Record<string, string | number>]
  const body = await text(stream)
  if (!stream.closed) await once(stream, 'close')
  return { status: Number(head[':status']), announced: head['trailer'] as string | undefined, body, trailers }
}

const transports = [
  ['net', callHttp],
  ['http', callHttp],
  ['http2', callHttp2],
] as const

function makeApp(logger?: ReturnType<typeof recorder>['logger']) {
  const app = new App({ docs: false, logger: logger ?? false })
  app.get('/sum', { response: bytes('text/plain') }, async function* ({ response }) {
    const hash = createHash('sha256')
    response.trailer('X-SHA256', () => hash.digest('hex'))
    for (const piece of ['turn ', 'the ', 'wheel']) {
      hash.update(piece)
      yield Buffer.from(piece)
    }
  })
  app.get('/several', { response: jsonl(z.int()) }, async function* ({ response }) {
    let count = 0
    response.trailer('x-count', async () => String(count))
    response.trailer('x-part', () => 'a')
    response.trailer('x-none', () => undefined)
    response.trailer('x-part', () => 'b')
    for (; count < 2; count++) yield count
  })
  app.get('/whole', ({ response }) => {
    response.trailer('x-late', () => expect.unreachable())
    return { a: 1 }
  })
  app.get('/known', ({ response }) => {
    response.headers.set('content-length', '3')
    response.trailer('x-late', () => expect.unreachable())
    return new Blob(['abc']).stream()
  })
  app.get('/nothing', ({ response }) => {
    response.trailer('x-late', () => expect.unreachable())
    response.status = 204
  })
  app.get('/throws', { response: bytes('text/plain') }, async function* ({ response }) {
    response.trailer('x-sum', () => {
      throw new Error('no sum')
    })
    yield Buffer.from('piece')
  })
  app.get('/splits', { response: bytes('text/plain') }, async function* ({ response }) {
    response.trailer('x-sum', () => 'a\r\nset-cookie: a=b')
    yield Buffer.from('piece')
  })
  return app
}

const sha256 = createHash('sha256').update('turn the wheel').digest('hex')

describe.each(transports)('trailers of an answer (%s)', (transport, call) => {
  const serve = async (app = makeApp()) => (await serveHttp(app, undefined, transport)).url

  it('are announced, and follow the body', async () => {
    expect(await call(await serve(), '/sum')).toEqual({
      status: 200,
      announced: 'x-sha256',
      body: 'turn the wheel',
      trailers: ['x-sha256', sha256],
    })
  })

  it('may be several, of one name too, and be left out in the end', async () => {
    expect(await call(await serve(), '/several')).toEqual({
      status: 200,
      announced: 'x-count, x-part, x-none',
      body: '0\n1\n',
      trailers: ['x-count', '2', 'x-part', 'a', 'x-part', 'b'],
    })
  })

  it('do not belong to answers whose length is known, or that have no body', async () => {
    const url = await serve()
    expect(await call(url, '/whole')).toMatchObject({ announced: undefined, body: '{"a":1}', trailers: [] })
    expect(await call(url, '/known')).toMatchObject({ announced: undefined, body: 'abc', trailers: [] })
    expect(await call(url, '/nothing')).toMatchObject({ status: 204, announced: undefined, trailers: [] })
    expect(await call(url, '/sum', { method: 'HEAD' })).toMatchObject({ announced: undefined, trailers: [] })
  })

  it('come from middleware too, also for an answer that is one for all requests, and after compression', async () => {
    const app = makeApp()
    app.use(async (_context, next) => (await next()).trailer('server-timing', () => 'total;dur=1'), compress())
    const shared = new Answer(200, ['content-type', 'text/plain'], null).trailer('x-own', () => '1')
    app.get('/shared', () => {
      shared.body = {
        next: async () => ({ done: true, value: undefined }),
        return: async () => undefined,
      }
      return shared
    })
    const url = await serve(app)
    const packed = await call(url, '/sum', { headers: { 'accept-encoding': 'gzip' } })
    expect(packed).toMatchObject({
      announced: 'x-sha256, server-timing',
      trailers: ['x-sha256', sha256, 'server-timing', 'total;dur=1'],
    })
    for (let count = 0; count < 2; count++)
      expect((await call(url, '/shared')).trailers).toEqual(['x-own', '1', 'server-timing', 'total;dur=1'])
  })

  it('pass from an app that is mounted, and may be joined by those of the app around it', async () => {
    const app = new App({ docs: false, logger: false })
    app.use(async (_context, next) => (await next()).trailer('server-timing', () => 'total;dur=1'))
    app.mount('/inner', makeApp())
    const other = makeApp()
    app.get('/handed-on', ({ request }) => other.fetch(new Request(new URL('/sum', request.url))))
    const url = await serve(app)
    for (const path of ['/inner/sum', '/handed-on'])
      expect(await call(url, path)).toEqual({
        status: 200,
        announced: 'x-sha256, server-timing',
        body: 'turn the wheel',
        trailers: ['x-sha256', sha256, 'server-timing', 'total;dur=1'],
      })
    expect(await call(url, '/inner/whole')).toMatchObject({ body: '{"a":1}', trailers: [] })
  })

  it.each([
    ['/throws', 'no sum'],
    ['/splits', "The value of the header 'x-sum' holds a character that it must not"],
  ])('that fail break the answer off, and are logged: %s', async (path, error) => {
    const { logger, takeErrors } = recorder()
    const app = makeApp(logger)
    const told: unknown[] = []
    app.on('error', ({ error }) => told.push((error as Error).message))
    const sent = new Promise((resolve) => app.on('request:sent', ({ outcome }) => resolve(outcome)))
    const url = await serve(app)
    await expect(call(url, path)).rejects.toThrow(/aborted|Stream closed with error code NGHTTP2_INTERNAL_ERROR/)
    expect(takeErrors()).toEqual([{ message: 'The trailers of an answer failed', error }])
    expect(told).toEqual([error])
    expect(await sent).toBe('failed')
  })
})

describe.each(['net', 'http'] as const)('trailers on the wire (%s)', (transport) => {
  it('stand after the last chunk, and the connection goes on', async () => {
    const { port } = await serveHttp(makeApp(), undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/several') + rawRequest('GET', '/whole'))
    const head = await socket.until('\r\n\r\n')
    expect(head).toContain('\r\ntrailer: x-count, x-part, x-none\r\n')
    expect(head.toLowerCase()).toContain('\r\ntransfer-encoding: chunked\r\n')
    expect(await socket.until('\r\n\r\n')).toBe(
      '2\r\n0\n\r\n2\r\n1\n\r\n0\r\nx-count: 2\r\nx-part: a\r\nx-part: b\r\n\r\n',
    )
    expect((await socket.answer()).body).toBe('{"a":1}')
  })

  it('are left out for HTTP/1.0, which knows no chunks', async () => {
    const { port } = await serveHttp(makeApp(), undefined, transport)
    const socket = new RawSocket(port)
    await socket.write('GET /several HTTP/1.0\r\nhost: localhost\r\n\r\n')
    expect(await socket.until('\r\n\r\n')).not.toMatch(/trailer|chunked/i)
    expect(await socket.until('1\n')).toBe('0\n1\n')
    expect(await socket.closed).toBe('ended')
  })
})

describeTransports('trailers', (serve) => {
  it('leave the answer whole for clients that cannot read them', async () => {
    const { request } = await serve(makeApp())
    expect(await (await request('/sum')).text()).toBe('turn the wheel')
  })

  it('must be fields that have a place after a body, with names and values of headers', async () => {
    const app = new App({ docs: false, logger: false })
    const refused = (add: () => unknown) => {
      try {
        add()
        return undefined
      } catch (error) {
        return error instanceof TrailerError ? error.code : (error as Error).message
      }
    }
    const names = ['Content-Length', 'transfer-encoding', 'host', 'authorization', 'set-cookie', 'content-type', 'TE']
    app.get('/', ({ response }) => [
      ...names.map((name) => refused(() => response.trailer(name, () => ''))),
      refused(() => response.trailer(':status', () => '')),
      refused(() => response.trailer('a b', () => '')),
      refused(() => response.trailer('content-digest', () => '')),
    ])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual([
      ...names.map(() => 'forbidden_trailer'),
      "':status' cannot be the name of a header",
      "'a b' cannot be the name of a header",
      null,
    ])
  })

  it('must be declared before the head of the answer is made', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ docs: false, logger })
    app.get('/', { response: sse(z.string()) }, async function* ({ response }) {
      yield 'first'
      response.trailer('x-late', () => '1')
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toContain('event: error')
    expect(takeErrors()).toEqual([
      {
        message: 'A stream failed',
        error:
          "The trailer 'x-late' comes too late: the head of the answer has to announce it. Declare it before the first item of the stream",
      },
    ])
  })
})

describe.each(transports)('trailers of a request (%s)', (transport) => {
  const tell = (context: BaseContext) => ({ ...context.trailers })

  const makeReader = () => {
    const app = new App({ docs: false, logger: false })
    app.post('/json', { body: z.object({ a: z.int() }) }, tell)
    app.post('/stream', async (context) => {
      const early = (() => {
        try {
          return context.trailers
        } catch (error) {
          return (error as Error).message
        }
      })()
      const body = await context.request.text()
      return { early, body, trailers: { ...context.trailers } }
    })
    app.get('/none', tell)
    return app
  }

  const fields = { 'X-Sum': '5', 'x-part': 'a' }

  const send = async (url: string, path: string, body: string, trailers: Record<string, string> = fields) => {
    const headers = { 'content-type': 'application/json' }
    if (transport === 'http2') {
      const client = connect(url)
      onTestFinished(() => client.destroy())
      const stream = client.request({ ':method': 'POST', ':path': path, ...headers }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end(body)
      const [head] = (await once(stream, 'response')) as [Record<string, number>]
      return [head[':status'], JSON.parse(await text(stream))]
    }
    const request = httpRequest(url + path, { method: 'POST', agent: false, headers })
    request.write(body)
    request.addTrailers(trailers)
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    return [response.statusCode, JSON.parse(await text(response))]
  }

  it('can be read after its body', async () => {
    const { url } = await serveHttp(makeReader(), undefined, transport)
    expect(await send(url, '/json', '{"a":1}')).toEqual([200, { 'x-sum': '5', 'x-part': 'a' }])
    expect(await send(url, '/json', '{"a":1}', { __proto__x: '1', constructor: '2' })).toEqual([
      200,
      { __proto__x: '1', constructor: '2' },
    ])
    const [status, seen] = await send(url, '/stream', '{"a":1}')
    expect([status, seen.body, seen.trailers]).toEqual([200, '{"a":1}', { 'x-sum': '5', 'x-part': 'a' }])
  })

  it('are none where there are none', async () => {
    const { url, request } = await serveHttp(makeReader(), undefined, transport)
    expect(await send(url, '/json', '{"a":1}', {})).toEqual([200, {}])
    if (transport !== 'http2') expect(await (await request('/none')).json()).toEqual({})
    const response = await fetch(`${url}/json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(await response.json()).toEqual({})
  })

  it('are no larger than headers', async () => {
    const { url } = await serveHttp(makeReader(), { maxHeaderBytes: 1_000 }, transport)
    expect(await send(url, '/json', '{"a":1}', { 'x-large': 'x'.repeat(1_000) })).toEqual([
      431,
      expect.objectContaining({ code: 'headers_too_large' }),
    ])
  })
})

describe.each(['net', 'http'] as const)('trailers of a request in packets (%s)', (transport) => {
  it('are not there before the end of the body', async () => {
    const app = new App({ docs: false, logger: false })
    const seen = Promise.withResolvers<string>()
    app.post('/', async (context) => {
      const message = (() => {
        try {
          return JSON.stringify(context.trailers)
        } catch (error) {
          return (error as Error).message
        }
      })()
      seen.resolve(message)
      return [await context.request.text(), { ...context.trailers }]
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(`${rawRequest('POST', '/', ['transfer-encoding: chunked'])}3\r\nabc\r\n`)
    expect(await seen.promise).toBe(
      '`trailers` was read before the end of the body, which they come after: read that first',
    )
    await socket.write('0\r\nX-Part: a\r\nx-part: b\r\n\r\n')
    expect((await socket.answer()).body).toBe('["abc",{"x-part":"a, b"}]')
  })
})
