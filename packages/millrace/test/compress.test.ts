import { once } from 'node:events'
import { connect } from 'node:net'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import {
  Answer,
  App,
  bytes,
  type CompressOptions,
  compress,
  file,
  HttpError,
  jsonl,
  reply,
  sendFile,
  sse,
  text,
} from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, serveHttp } from './support/serve.ts'

const large = 'water and wheel, '.repeat(100)

function makeApp(options?: CompressOptions) {
  const app = new App({ use: [compress(options)], logger: false })
  app.get('/large', () => large)
  app.get('/huge', () => large.repeat(1000))
  app.get('/small', () => 'small')
  app.get('/json', () => ({ large }))
  app.get('/image', { response: bytes('image/png') }, () => new Uint8Array(1000))
  app.get('/svg', { response: bytes('image/svg+xml') }, () => new Uint8Array(1000))
  app.get('/encoded', ({ response }) => {
    response.headers.set('content-encoding', 'br')
    return large
  })
  app.get('/as-it-is', ({ response }) => {
    response.headers.set('cache-control', 'public, no-transform')
    return large
  })
  app.get('/as-it-is/twice', ({ response }) => {
    response.headers.append('cache-control', 'public').append('cache-control', 'no-transform')
    return large
  })
  app.get('/tagged', ({ response }) => {
    response.headers.set('etag', '"1"')
    response.headers.set('accept-ranges', 'bytes')
    return large
  })
  app.get('/part', ({ response }) => {
    response.headers.set('content-range', 'bytes 0-9/10')
    return reply(206, large)
  })
  app.get('/nothing', () => undefined)
  app.get('/wrong', () => {
    throw new HttpError(400, large)
  })
  app.get('/events', { response: sse(z.string()) }, async function* () {
    yield large
  })
  app.get('/lines', { response: jsonl(z.string()) }, async function* () {
    for (let index = 0; index < 50; index++) yield `${index} ${large}`
  })
  return app
}

const facts = ({ status, headers }: Response) => ({
  status,
  coding: headers.get('content-encoding'),
  vary: headers.get('vary'),
})

describeTransports('compress', (serve) => {
  it('sends text in the coding that the client asks for, and reads as before', async () => {
    const { request } = await serve(makeApp())
    for (const coding of ['gzip', 'br', 'zstd']) {
      const response = await request('/large', { headers: { 'accept-encoding': coding } })
      expect(facts(response)).toEqual({ status: 200, coding, vary: 'Accept-Encoding' })
    }
    const plain = await request('/large', { headers: { 'accept-encoding': 'identity' } })
    expect([facts(plain), await plain.text()]).toEqual([{ status: 200, coding: null, vary: 'Accept-Encoding' }, large])
  })

  it.each([
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=0.5, br;q=0.9', 'br'],
    ['*', 'zstd'],
    ['*;q=0.1, gzip', 'gzip'],
    ['zstd;q=0, gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', null],
    ['gzip;q=0.5, identity', null],
    ['gzip;q=2', null],
    ['', null],
  ])('reads accept-encoding: %s as %s', async (header, coding) => {
    const { request } = await serve(makeApp())
    expect((await request('/large', { headers: { 'accept-encoding': header } })).headers.get('content-encoding')).toBe(
      coding,
    )
  })

  it.each(['/small', '/image', '/encoded', '/as-it-is', '/as-it-is/twice', '/nothing', '/events'])(
    'leaves %s as it is',
    async (path) => {
      const { request } = await serve(makeApp({ codings: ['gzip'] }))
      const response = await request(path, { headers: { 'accept-encoding': 'gzip' } })
      expect([response.headers.get('content-encoding'), response.headers.get('vary')]).toEqual([
        path === '/encoded' ? 'br' : null,
        null,
      ])
      await response.body?.cancel()
    },
  )

  it('compresses JSON, problems and SVG', async () => {
    const { request } = await serve(makeApp())
    for (const path of ['/json', '/wrong', '/svg'])
      expect(facts(await request(path, { headers: { 'accept-encoding': 'br' } }))).toMatchObject({ coding: 'br' })
  })

  it('makes a tag weak, and takes back that ranges can be asked for', async () => {
    const { request } = await serve(makeApp())
    const { headers } = await request('/tagged', { headers: { 'accept-encoding': 'gzip' } })
    expect([headers.get('etag'), headers.get('accept-ranges')]).toEqual(['W/"1"', null])
  })

  it('sends parts of files, and their heads, with the headers that the whole has', async () => {
    const app = new App({ use: [compress()], logger: false })
    app.get('/', { response: file('text/plain') }, () => sendFile(Buffer.from(large), { etag: '"1"' }))
    app.get('/small', { response: file('text/plain') }, () => sendFile(Buffer.from('small')))
    app.get('/nothing', () => new Answer(200, ['content-type', 'text/plain'], null))
    const { request } = await serve(app)
    const told = async (path: string, method: string, more: Record<string, string> = {}) => {
      const response = await request(path, { method, headers: { 'accept-encoding': 'gzip', ...more } })
      await response.body?.cancel()
      const names = ['content-encoding', 'vary', 'etag', 'accept-ranges', 'content-length']
      return [response.status, ...names.slice(0, method === 'HEAD' ? 5 : 4).map((name) => response.headers.get(name))]
    }
    expect(await told('/', 'GET')).toEqual([200, 'gzip', 'Accept-Encoding', 'W/"1"', null])
    // RFC 9110, section 9.3.2: its length may be left out.
    expect(await told('/', 'HEAD')).toEqual([200, 'gzip', 'Accept-Encoding', 'W/"1"', null, null])
    expect((await told('/small', 'HEAD')).slice(0, 3)).toEqual([200, null, null])
    expect((await told('/nothing', 'HEAD')).slice(0, 3)).toEqual([200, null, null])
    // RFC 9110, section 15.3.7: `vary` is one that a part must have where the whole has it.
    for (const range of ['bytes=0-9', 'bytes=0-9,20-29'])
      expect(await told('/', 'GET', { range })).toEqual([206, null, 'Accept-Encoding', '"1"', 'bytes'])
  })

  it('says of what the client has what was said when it got it', async () => {
    const app = new App({ use: [compress()], logger: false })
    app.get('/', { response: file('text/plain') }, () => sendFile(Buffer.from(large), { etag: '"1"' }))
    const { request } = await serve(app)
    for (const [coding, etag] of [
      ['gzip', 'W/"1"'],
      ['identity', '"1"'],
    ] as const) {
      const sent = await request('/', { headers: { 'accept-encoding': coding } })
      await sent.body?.cancel()
      const again = await request('/', { headers: { 'accept-encoding': coding, 'if-none-match': etag } })
      const told = ({ status, headers }: Response) => [status, headers.get('etag'), headers.get('vary')]
      expect([told(sent), told(again)]).toEqual([
        [200, etag, 'Accept-Encoding'],
        [304, etag, 'Accept-Encoding'],
      ])
    }
  })

  it('answers HEAD with what GET would say, but for the length', async () => {
    const { request } = await serve(makeApp())
    const response = await request('/large', { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
    expect(facts(response)).toEqual({ status: 200, coding: 'gzip', vary: 'Accept-Encoding' })
    expect(response.headers.get('content-length')).toBeNull()
  })

  it.each(['content-digest', 'repr-digest'])(
    'leaves an answer alone whose %s would not be true any more',
    async (name) => {
      const app = new App({ use: [compress()], logger: false })
      app.get('/', ({ response }) => {
        response.headers.set(name, 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:')
        return large
      })
      const response = await (await serve(app)).request('/', { headers: { 'accept-encoding': 'gzip' } })
      expect([response.headers.get('content-encoding'), await response.text()]).toEqual([null, large])
    },
  )

  it('adds to what an answer varies by', async () => {
    const app = new App({ use: [compress()], logger: false })
    app.get('/', ({ response }) => {
      response.headers.set('vary', 'Origin')
      return large
    })
    const { request } = await serve(app)
    expect((await request('/', { headers: { 'accept-encoding': 'gzip' } })).headers.get('vary')).toBe(
      'Origin, Accept-Encoding',
    )
  })

  it('counts bytes, not characters', async () => {
    const app = new App({ use: [compress({ minBytes: 100 })], logger: false })
    app.get('/:count', { params: z.object({ count: z.int() }), response: text() }, ({ params }) =>
      'ä'.repeat(params.count),
    )
    const { request } = await serve(app)
    const codingOf = async (path: string) =>
      (await request(path, { headers: { 'accept-encoding': 'gzip' } })).headers.get('content-encoding')
    expect([await codingOf('/49'), await codingOf('/50')]).toEqual([null, 'gzip'])
  })

  it('compresses a long stream whole', async () => {
    const { request } = await serve(makeApp())
    const response = await request('/lines', { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
  })
})

/** The bytes of an answer as they came: `fetch` would decode them. */
async function rawBody(path: string, coding: string): Promise<{ head: string; body: Buffer }> {
  const { port } = await serveHttp(makeApp())
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.0\r\nHost: a\r\nAccept-Encoding: ${coding}\r\nConnection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  const whole = Buffer.concat(chunks)
  const end = whole.indexOf('\r\n\r\n')
  return { head: whole.subarray(0, end).toString(), body: whole.subarray(end + 4) }
}

it.each([
  ['gzip', gunzipSync],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
] as const)('writes %s that others read: at once, in a thread, and as a stream', async (coding, decode) => {
  const small = await rawBody('/large', coding)
  expect(decode(small.body).toString()).toBe(large)
  expect(small.head).toContain(`content-length: ${small.body.byteLength}`)
  const huge = await rawBody('/huge', coding)
  expect(decode(huge.body).toString()).toBe(large.repeat(1000))
  const lines = decode((await rawBody('/lines', coding)).body)
    .toString()
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(Array.from({ length: 50 }, (_, index) => `${index} ${large}`))
})

describeTransports('compressed streams', (serve) => {
  it('are not held back', async () => {
    const app = new App({ use: [compress()], logger: false })
    const gate = Promise.withResolvers<void>()
    app.get('/', { response: jsonl(z.string()) }, async function* () {
      yield 'first'
      await gate.promise
      yield 'second'
    })
    const { request } = await serve(app)
    const response = await request('/', { headers: { 'accept-encoding': 'gzip' } })
    const decoder = response.url === '' ? new DecompressionStream('gzip') : undefined
    const reader = (decoder ? response.body?.pipeThrough(decoder) : response.body)?.getReader()
    const read = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await read()).toBe('"first"\n')
    gate.resolve()
    expect(await read()).toBe('"second"\n')
    expect((await reader?.read())?.done).toBe(true)
  })

  it('end the generator of a client that leaves', async () => {
    const app = new App({ use: [compress()], logger: false })
    const ended = Promise.withResolvers<void>()
    app.get('/', { response: jsonl(z.string()) }, async function* () {
      try {
        for (;;) {
          yield large
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        ended.resolve()
      }
    })
    const { request } = await serve(app)
    const response = await request('/', { headers: { 'accept-encoding': 'br' } })
    await response.body?.cancel()
    await ended.promise
  })
})

it('refuses a coding that it does not know', () => {
  expect(() => compress({ codings: ['deflate' as 'gzip'] })).toThrow(
    "compress() cannot write 'deflate', only zstd, br, gzip",
  )
})
