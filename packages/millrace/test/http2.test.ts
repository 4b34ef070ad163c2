import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { Answer, App, HeaderList, sse } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { makeCertificate } from './support/certificate.ts'
import { failOnFaults } from './support/faults.ts'
import { Http2Client } from './support/http2.ts'
import { recorder, serveHttp2 } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const answerOf = (stream: ClientHttp2Stream) =>
  new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
    stream.on('response', resolve).on('error', reject)
  })

/** Resolves to the code with which a stream has ended. */
const endOf = (stream: ClientHttp2Stream) =>
  new Promise<number>((resolve) => {
    // The code says all there is to say.
    stream.on('error', () => undefined).on('close', () => resolve(stream.rstCode))
    stream.resume()
  })

function makeApp() {
  const app = new App({ docs: false, logger: false })
  app.get('/', ({ host, scheme, request }) => `${scheme} ${host} ${new URL(request.url).search}`)
  app.post('/text', async ({ request }) => (await request.text()).length)
  app.ws('/echo', async ({ socket }) => {
    for await (const message of socket) await socket.send(message)
  })
  return app
}

describe('an answer by HTTP/2', () => {
  it('has status, headers and body, and nothing of a connection', async () => {
    const app = makeApp()
    const flat = ['x-name', 'é', 'X-Twice', '1', 'x-twice', '2', 'content-length', '7', 'set-cookie', 'a=1']
    const ofConnection = [
      'connection',
      'x-hop',
      'keep-alive',
      'timeout=5',
      'transfer-encoding',
      'chunked',
      'upgrade',
      'h2c',
    ]
    const others = ['te', 'gzip', 'proxy-connection', 'close', 'http2-settings', 'AAM']
    app.get('/headers', () => new Answer(200, [...flat, ...ofConnection, ...others], 'wörld'))
    const { client } = await serveHttp2(app)
    const stream = client.session.request({ ':path': '/headers' })
    const { date, ...headers } = await answerOf(stream)
    expect(new Date(date as string).toUTCString()).toBe(date)
    expect(Object.fromEntries(Object.entries(headers))).toEqual({
      ':status': 200,
      'x-name': 'é',
      'x-twice': '1, 2',
      'content-length': '6',
      'set-cookie': ['a=1'],
    })
    expect(await text(stream)).toBe('wörld')
  })

  it('is framed as its method and status want it', async () => {
    const app = makeApp()
    for (const status of [204, 205, 304]) app.get(`/${status}`, () => new Answer(status, ['content-length', '5'], 'a'))
    const { client } = await serveHttp2(app)
    const ask = async (method: string, path: string) => {
      const stream = client.session.request({ ':method': method, ':path': path })
      const { ':status': status, 'content-length': length } = await answerOf(stream)
      return [status, length, await text(stream)]
    }
    expect(await ask('HEAD', '/')).toEqual([200, String(`http ${client.host} `.length), ''])
    expect(await ask('GET', '/204')).toEqual([204, undefined, ''])
    expect(await ask('GET', '/205')).toEqual([205, '0', ''])
    expect(await ask('GET', '/304')).toEqual([304, '5', ''])
  })

  it('that would be split, or has no status, is a problem in its place', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ docs: false, logger })
    app.get('/split', () => new Answer(200, HeaderList['~of']('x-a', 'b\r\nset-cookie: c=d'), 'a'))
    app.get('/nul', () => new Answer(200, HeaderList['~of']('x-a', 'b\0set-cookie\0c=d'), 'a'))
    app.get('/interim', () => new Answer(103, [], null))
    const { request } = await serveHttp2(app)
    for (const path of ['/split', '/nul', '/interim']) {
      const response = await request(path)
      expect([response.status, response.headers.get('set-cookie')]).toEqual([500, null])
    }
    expect(takeErrors().map(({ error }) => error)).toEqual([
      "The value of the header 'x-a' holds a character that it must not",
      "The value of the header 'x-a' holds a character that it must not",
      'An answer cannot have the status 103',
    ])
  })

  it('keeps every header, also those that HTTP/2 takes once or without white space at their ends alone', async () => {
    const app = makeApp()
    const headers = ['content-language', 'de', 'content-language', 'en', 'etag', '"a"', 'x-a', ' \tb c ', 'x-b', ' ']
    const cookies = ['set-cookie', 'a=1', 'set-cookie', 'b=2']
    app.get('/repeated', () => new Answer(200, [...headers, ...cookies], 'a'))
    app.get('/trailers', ({ response }) => {
      response
        .trailer('x-sum', () => ' 5 ')
        .trailer('content-md5', () => 'a')
        .trailer('content-md5', () => 'b')
      return new Blob(['a']).stream()
    })
    const { client, request } = await serveHttp2(app)
    const answer = await request('/repeated')
    expect([answer.status, await answer.text(), answer.headers.getSetCookie()]).toEqual([200, 'a', ['a=1', 'b=2']])
    expect(['content-language', 'etag', 'x-a', 'x-b'].map((name) => answer.headers.get(name))).toEqual([
      'de, en',
      '"a"',
      'b c',
      '',
    ])
    const stream = client.session.request({ ':path': '/trailers' })
    const trailers = new Promise((resolve) => stream.on('trailers', (_fields, _flags, raw) => resolve(raw)))
    expect(await text(stream)).toBe('a')
    expect(await trailers).toEqual(['x-sum', '5', 'content-md5', 'a, b'])
  })

  it('with more headers than fit is a problem in its place', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ docs: false, logger })
    app.get('/most', () => new Answer(200, ['x-a', 'a'.repeat(60_000)], 'a'))
    app.get('/more', () => new Answer(200, ['x-a', 'a'.repeat(70_000)], 'a'))
    app.get('/many', () => new Answer(200, Array(12_000).fill('x'), 'a'))
    const { request } = await serveHttp2(app)
    const most = await request('/most')
    expect([most.status, most.headers.get('x-a')?.length]).toEqual([200, 60_000])
    for (const path of ['/more', '/many']) expect((await request(path)).status).toBe(500)
    expect(takeErrors()).toEqual(
      Array(2).fill({
        message: 'An answer could not be sent',
        error: 'The headers of an answer are larger than the 65536 bytes that HTTP/2 lets a server send',
      }),
    )
  })

  it('in pieces comes as they are made, and an error ends it as broken', async () => {
    const app = makeApp()
    const gate = Promise.withResolvers<void>()
    app.get('/events', { response: sse(z.number()) }, async function* () {
      yield 1
      await gate.promise
      yield 2
    })
    const broken = (length: string) => async () => {
      const pieces = ['abc', 'def'].values()
      return new Answer(200, length === '' ? [] : ['content-length', length], {
        next: async () => {
          const piece = pieces.next()
          if (piece.done && length === '') throw new Error('broken')
          return piece
        },
        return: async () => undefined,
      })
    }
    app.get('/broken', broken(''))
    app.get('/short', broken('7'))
    app.get('/long', broken('5'))
    app.get('/exact', broken('6'))
    const { client } = await serveHttp2(app)
    const events = client.session.request({ ':path': '/events' }).setEncoding('utf8')
    expect(await new Promise((resolve) => events.once('data', resolve))).toBe('data: 1\n\n')
    gate.resolve()
    expect(await text(events)).toBe('data: 2\n\n')
    const codes: [string, number][] = []
    for (const path of ['/broken', '/short', '/long', '/exact'])
      codes.push([path, await endOf(client.session.request({ ':path': path }))])
    const { NGHTTP2_INTERNAL_ERROR: broke, NGHTTP2_NO_ERROR: whole } = constants
    expect(codes).toEqual([
      ['/broken', broke],
      ['/short', broke],
      ['/long', broke],
      ['/exact', whole],
    ])
  })
})

describe('a request by HTTP/2', () => {
  it('has its host by :authority, or by a header, and all others as they came', async () => {
    const app = makeApp()
    app.get('/raw', ({ request }) => [...request.headers])
    const { client } = await serveHttp2(app)
    const ask = async (headers: Record<string, string | string[]>) => {
      const stream = client.session.request({ ':path': '/raw', ...headers })
      return JSON.parse(await text(stream))
    }
    expect(await ask({ ':authority': 'a.example', 'x-a': ['1', '2'], cookie: ['a=1', 'b=2'] })).toEqual([
      ['cookie', 'a=1; b=2'],
      ['host', 'a.example'],
      ['x-a', '1, 2'],
    ])
    expect(await ask({ ':authority': 'a.example', host: 'A.example' })).toEqual([['host', 'A.example']])
  })

  it.each<[string, Record<string, string>]>([
    ['two hosts', { ':authority': 'a.example', host: 'b.example' }],
    ['a fragment', { ':path': '/#a' }],
    ['a target beyond ASCII', { ':path': '/\xe9' }],
    ['a method that nobody knows', { ':method': 'BREW' }],
  ])('is refused for %s', async (_name, headers) => {
    const { client } = await serveHttp2(makeApp())
    const stream = client.session.request(headers)
    expect(await answerOf(stream)).toMatchObject({ ':status': 400, 'content-type': 'application/problem+json' })
    expect(JSON.parse(await text(stream))).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'The request is not well-formed HTTP/2',
      code: 'bad_request',
    })
  })

  it.each<[string, Record<string, string>]>([
    ['a host with a user', { ':authority': 'u@a.example' }],
    ['the star for GET', { ':path': '*' }],
    ['a whole URL', { ':path': 'http://a.example/' }],
    ['a length that is none', { 'content-length': 'x' }],
    ['a length that is not that of its body', { ':method': 'POST', ':path': '/text', 'content-length': '1' }],
  ])('is no request of HTTP/2 with %s', async (_name, headers) => {
    const { client } = await serveHttp2(makeApp())
    expect(await endOf(client.session.request(headers, { endStream: true }))).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
    expect((await client.request('/')).status).toBe(200)
  })

  it('of CONNECT is refused, and WebSockets are not offered by it', async () => {
    const { client } = await serveHttp2(makeApp())
    const stream = client.session.request({ ':method': 'CONNECT', ':authority': 'a.example:443' })
    expect((await answerOf(stream))[':status']).toBe(400)
    expect(client.session.remoteSettings.enableConnectProtocol).toBe(false)
    const response = await client.request('/echo')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([426, 'upgrade_required'])
  })

  it('is told to send its body when that is wanted, and not when it is refused', async () => {
    const app = makeApp()
    app.post('/small', { maxBodyBytes: 3 }, async ({ request }) => (await request.text()).length)
    const { client } = await serveHttp2(app)
    const ask = async (path: string, length: number) => {
      const stream = client.session.request({
        ...{ ':method': 'POST', ':path': path },
        ...{ expect: '100-continue', 'content-type': 'text/plain', 'content-length': length },
      })
      let hasContinued = false
      stream.on('continue', () => {
        hasContinued = true
        stream.end('x'.repeat(length))
      })
      const { ':status': status } = await answerOf(stream)
      stream.close()
      return [status, hasContinued]
    }
    expect(await ask('/text', 5)).toEqual([200, true])
    expect(await ask('/nowhere', 5)).toEqual([404, false])
    expect(await ask('/small', 5)).toEqual([413, false])
  })

  it('may have trailers after its body, which are dropped', async () => {
    const { client } = await serveHttp2(makeApp())
    const stream = client.session.request({ ':method': 'POST', ':path': '/text' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }))
    stream.end('abc')
    expect([(await answerOf(stream))[':status'], await text(stream)]).toEqual([200, '3'])
  })
})

describe('on the port of HTTP/2', () => {
  it('HTTP/1.1 is spoken too, in whatever packets its first bytes come', async () => {
    const { port } = await serveHttp2(makeApp())
    const statuses: [string, number][] = []
    for (const method of ['GET', 'PUT', 'PROPFIND'])
      for (let length = 1; length <= 3; length++) {
        const socket = new RawSocket(port)
        const whole = rawRequest(method, '/')
        await socket.write(whole.slice(0, length))
        // Another connection's answer comes when the first packet has been read.
        await fetch(`http://127.0.0.1:${port}/`)
        await socket.write(whole.slice(length))
        statuses.push([whole.slice(0, length), (await socket.answer()).status])
      }
    expect(statuses).toEqual([
      ...[
        ['G', 200],
        ['GE', 200],
        ['GET', 200],
      ],
      ...[
        ['P', 405],
        ['PU', 405],
        ['PUT', 405],
      ],
      ...[
        ['P', 405],
        ['PR', 405],
        ['PRO', 405],
      ],
    ])
  })

  it('clients and server agree over TLS, and WebSockets come by HTTP/1.1', async () => {
    const certificate = await makeCertificate()
    const server = await makeApp().listen({ port: 0, signals: false, transport: 'http2', tls: certificate })
    onTestFinished(() => server.close())
    // A name, because TLS has no way to ask for an address.
    const client = new Http2Client(server.url.replace('127.0.0.1', 'localhost'), certificate.cert)
    const response = await client.request('/?a=b')
    expect(await response.text()).toBe(`https localhost:${server.port} ?a=b`)
    expect(client.session.alpnProtocol).toBe('h2')
    client.session.close()
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}/echo`, { ca: certificate.cert })
    socket.on('open', () => socket.send('hello'))
    expect(await new Promise((resolve) => socket.on('message', (data) => resolve(String(data))))).toBe('hello')
    socket.terminate()
  })
})
