import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { type } from 'arktype'
import { Answer, App, bytes, HttpError, html, Router, redirect, reply, text } from 'millrace'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const read = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: await response.text(),
})

describeTransports('without a response schema, what a handler returns', (serve) => {
  it.each([
    ['undefined', () => undefined, 204, null, ''],
    ['null', () => null, 200, 'application/json', 'null'],
    ['a string', () => 'héllo', 200, 'text/plain; charset=utf-8', 'héllo'],
    ['an empty string', () => '', 200, 'text/plain; charset=utf-8', ''],
    ['a number', () => 3, 200, 'application/json', '3'],
    ['a boolean', () => false, 200, 'application/json', 'false'],
    ['a bigint', () => 9007199254740993n, 200, 'application/json', '"9007199254740993"'],
    ['an array', () => [1, 'a', null], 200, 'application/json', '[1,"a",null]'],
    ['an object', () => ({ a: 1 }), 200, 'application/json', '{"a":1}'],
    ['a promise', async () => ({ a: 1 }), 200, 'application/json', '{"a":1}'],
    ['bytes', () => new TextEncoder().encode('raw'), 200, 'application/octet-stream', 'raw'],
    ['an ArrayBuffer', () => new TextEncoder().encode('raw').buffer, 200, 'application/octet-stream', 'raw'],
    ['a Blob', () => new Blob(['<p>'], { type: 'text/html' }), 200, 'text/html', '<p>'],
    ['a Blob without a type', () => new Blob(['x']), 200, 'application/octet-stream', 'x'],
    ['a ReadableStream', () => new Blob(['stre', 'am']).stream(), 200, 'application/octet-stream', 'stream'],
    ['a Response', () => new Response('mine', { status: 418, headers: { 'content-type': 'x/y' } }), 418, 'x/y', 'mine'],
    ['a Response without a body', () => new Response(null, { status: 204 }), 204, null, ''],
    ['an Answer', () => new Answer(202, ['content-type', 'x/y'], 'own'), 202, 'x/y', 'own'],
    [
      'a generator',
      function* () {
        yield { a: 1 }
        yield 'two'
      },
      200,
      'application/jsonl; charset=utf-8',
      '{"a":1}\n"two"\n',
    ],
    [
      'an async generator',
      async function* () {
        yield 1
        yield [2]
      },
      200,
      'application/jsonl; charset=utf-8',
      '1\n[2]\n',
    ],
  ])('%s', async (_name, handler, status, type, body) => {
    const app = new App()
    app.get('/', handler as () => unknown)
    const { request } = await serve(app)
    expect(await read(await request('/'))).toEqual({ status, type, body })
  })

  it('an Answer may be one for all: what is added for a request stays with it', async () => {
    const shared = new Answer(200, ['X-Name', 'shared'], 'shared')
    const app = new App()
    let users = 0
    class Busy extends Error {}
    app.use(async (_context, next) => void (await next()).headers.append('x-seen', 'outside'))
    app.get('/handler', ({ response }) => {
      response.setCookie('user', String(++users))
      return shared
    })
    app.get('/middleware', { use: [async () => shared] }, () => 'unseen')
    app.get('/through', { use: [async (_context, next) => await next()] }, () => shared)
    app.get('/error', () => {
      throw new Busy()
    })
    app.onError(Busy, () => shared)
    const { request } = await serve(app)
    const headersOf = async (path: string) => {
      const { headers } = await request(path)
      return [headers.get('x-name'), headers.get('x-seen'), headers.getSetCookie()]
    }
    const cookie = (user: number) => [`user=${user}; Path=/; HttpOnly; SameSite=Lax`]
    expect(await headersOf('/handler')).toEqual(['shared', 'outside', cookie(1)])
    expect(await headersOf('/handler')).toEqual(['shared', 'outside', cookie(2)])
    for (const path of ['/middleware', '/through', '/error', '/middleware', '/error'])
      expect(await headersOf(path), path).toEqual(['shared', 'outside', []])
    expect(shared.headers.flat).toEqual(['x-name', 'shared'])
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['GZip, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ['x-unknown', (text: string) => Buffer.from(text)],
  ])('a Response that was fetched is passed on as it was decoded: %s', async (encoding, encode) => {
    const upstream = createServer((_request, response) => {
      const headers = { 'content-encoding': encoding, 'x-own': 'kept', 'x-hop': '1' }
      response.writeHead(201, { ...headers, connection: 'x-hop, close', 'keep-alive': 'timeout=9' })
      response.end(encode('upstream'.repeat(100)))
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const { port } = upstream.address() as AddressInfo
    const app = new App()
    app.get('/', () => fetch(`http://127.0.0.1:${port}`))
    const { request } = await serve(app)
    const response = await request('/')
    const { headers } = response
    expect([response.status, await response.text()]).toEqual([201, 'upstream'.repeat(100)])
    expect(headers.get('content-encoding')).toBe(encoding === 'x-unknown' ? encoding : null)
    expect([headers.get('x-own'), headers.get('x-hop')]).toEqual(['kept', null])
    expect(headers.get('keep-alive')).not.toBe('timeout=9')
    await new Promise((resolve) => upstream.close(resolve))
  })

  it('a Response of our own keeps its encoding', async () => {
    const app = new App()
    const body = gzipSync('zipped')
    app.get(
      '/',
      () => new Response(body, { headers: { 'content-encoding': 'gzip', 'content-length': `${body.length}` } }),
    )
    const { request } = await serve(app)
    const response = await request('/')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    const bytes = new Uint8Array(await response.arrayBuffer())
    // A server's body is decoded on its way here; that of `app.fetch` is not.
    expect(Buffer.from(response.url === '' ? gunzipSync(bytes) : bytes).toString()).toBe('zipped')
  })

  it('a Response keeps its headers, each cookie apart', async () => {
    const app = new App()
    app.get('/', () => {
      const headers = new Headers({ location: '/there', 'x-a': '1' })
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new Response(null, { status: 303, headers })
    })
    const { request } = await serve(app)
    const response = await request('/', { redirect: 'manual' })
    expect([response.status, response.headers.get('location'), response.headers.get('x-a')]).toEqual([
      303,
      '/there',
      '1',
    ])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('a Response that was read already is a failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const used = new Response('used')
    await used.text()
    app.get('/', () => used)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('a circle is a failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    app.get('/', () => circle)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    expect(log.takeErrors()[0]?.error).toMatch(/^Converting circular structure to JSON/)
  })
})

describeTransports('a response kind', (serve) => {
  it('sets the media type', async () => {
    const app = new App()
    app.get('/text', { response: text() }, () => 'plain')
    app.get('/html', { response: html() }, () => '<p>é</p>')
    app.get('/png', { response: bytes('image/png') }, () => new Uint8Array([137, 80]))
    app.get('/stream', { response: bytes('audio/wav') }, async function* () {
      yield new TextEncoder().encode('a')
      yield new TextEncoder().encode('b')
    } as never)
    const { request } = await serve(app)
    expect(await read(await request('/text'))).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: 'plain',
    })
    expect(await read(await request('/html'))).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: '<p>é</p>',
    })
    const png = await request('/png')
    expect([png.headers.get('content-type'), [...new Uint8Array(await png.arrayBuffer())]]).toEqual([
      'image/png',
      [137, 80],
    ])
    expect(await read(await request('/stream'))).toEqual({ status: 200, type: 'audio/wav', body: 'ab' })
  })

  it('is checked', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/text', { response: text() }, () => 3 as never)
    app.get('/bytes', { response: bytes() }, () => 'text' as never)
    const { request } = await serve(app)
    expect([(await request('/text')).status, (await request('/bytes')).status]).toEqual([500, 500])
    expect(log.takeErrors().map(({ error }) => error)).toEqual([
      'The result of GET /text does not fit its response schema: (root): expected a string for a reply of text',
      'The result of GET /bytes does not fit its response schema: (root): expected a generator or another iterable for a stream',
    ])
  })
})

describeTransports('a default response', (serve) => {
  it('is that of the nearest router, where an operation has none of its own', async () => {
    const app = new App({ defaultResponse: text('text/markdown') })
    const pages = new Router({ prefix: '/pages', defaultResponse: html() })
    const inner = new Router({ prefix: '/inner' })
    app.get('/', () => '# Mill')
    app.get('/own', { response: z.string() }, () => 'mill')
    app.get('/answer', () => redirect('/'))
    pages.get('/', () => '<p>')
    inner.get('/', { status: 201 }, () => '<b>')
    app.include(pages.include(inner))
    const { request } = await serve(app)
    expect(await read(await request('/'))).toEqual({
      status: 200,
      type: 'text/markdown; charset=utf-8',
      body: '# Mill',
    })
    expect(await read(await request('/own'))).toEqual({ status: 200, type: 'application/json', body: '"mill"' })
    expect((await request('/answer', { redirect: 'manual' })).status).toBe(307)
    expect(await read(await request('/pages'))).toEqual({ status: 200, type: 'text/html; charset=utf-8', body: '<p>' })
    expect(await read(await request('/pages/inner'))).toEqual({
      status: 201,
      type: 'text/html; charset=utf-8',
      body: '<b>',
    })
    expect((await request('/docs')).status).toBe(200)
    expect(JSON.stringify(app.openapi().paths['/pages'])).toContain(
      '"200":{"description":"Success","content":{"text/html"',
    )
  })
})

describeTransports('a response schema', (serve) => {
  const Item = z.object({ id: z.int(), name: z.string().default('none'), at: z.date().optional() })

  it('checks, filters, fills defaults, and writes what it returns', async () => {
    const app = new App()
    app.get('/', { response: Item }, () => ({ id: 1, at: new Date(0), secret: 'x' }))
    app.get('/up', { response: z.string().transform((all) => all.toUpperCase()) }, () => 'loud')
    app.get('/async', { response: z.string().refine(async () => true) }, () => 'checked')
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual({ id: 1, name: 'none', at: '1970-01-01T00:00:00.000Z' })
    expect(await read(await request('/up'))).toEqual({ status: 200, type: 'application/json', body: '"LOUD"' })
    expect(await (await request('/async')).json()).toBe('checked')
  })

  it('does not apply to a Response, nor to an error', async () => {
    const app = new App()
    app.get('/response', { response: Item }, () => new Response('raw'))
    app.get('/error', { response: Item }, () => {
      throw new HttpError(404)
    })
    const { request } = await serve(app)
    expect(await (await request('/response')).text()).toBe('raw')
    expect((await request('/error')).status).toBe(404)
  })

  it('that nothing fits answers 500, and tells more only in debug', async () => {
    const log = recorder()
    for (const debug of [false, true]) {
      const app = new App({ logger: log.logger, debug })
      app.get('/', { response: Item }, () => ({ id: 'SECRET' }) as never)
      const { request } = await serve(app)
      const body = await (await request('/')).text()
      expect([body.includes('does not fit'), body.includes('"code":"invalid_response"')]).toEqual([debug, true])
    }
    expect(log.takeErrors()).toHaveLength(2)
  })
})

describeTransports('reply()', (serve) => {
  const app = () => {
    const made = new App({ logger: log.logger })
    made.post(
      '/:which',
      {
        status: 201,
        response: z.object({ id: z.int() }),
        responses: { 409: z.object({ code: z.literal('taken') }), 410: text() },
      },
      ({ params }) => {
        if (params.which === 'taken') return reply(409, { code: 'taken', secret: 1 } as { code: 'taken' })
        if (params.which === 'gone') return reply(410, 'no more', { headers: { 'x-why': 'sold' } })
        if (params.which === 'wrong') return reply(409, { code: 'other' } as never)
        if (params.which === 'undeclared') return reply(402, { pay: 1 }) as never
        if (params.which === 'own') return reply(201, { id: 2, secret: 1 }) as never
        if (params.which === 'empty') return reply(404, undefined) as never
        return { id: 1 }
      },
    )
    return serve(made)
  }
  let log = recorder()

  it('has the status and the schema that go together', async () => {
    log = recorder()
    const { request } = await app()
    const ask = async (which: string) => read(await request(`/${which}`, { method: 'POST' }))
    expect(await ask('good')).toEqual({ status: 201, type: 'application/json', body: '{"id":1}' })
    expect(await ask('own')).toEqual({ status: 201, type: 'application/json', body: '{"id":2}' })
    expect(await ask('taken')).toEqual({ status: 409, type: 'application/json', body: '{"code":"taken"}' })
    expect(await ask('gone')).toEqual({ status: 410, type: 'text/plain; charset=utf-8', body: 'no more' })
    expect((await request('/gone', { method: 'POST' })).headers.get('x-why')).toBe('sold')
    expect(await ask('undeclared')).toEqual({ status: 402, type: 'application/json', body: '{"pay":1}' })
    expect(await ask('empty')).toEqual({ status: 404, type: null, body: '' })
  })

  it('that does not fit its schema answers 500', async () => {
    log = recorder()
    const { request } = await app()
    expect((await request('/wrong', { method: 'POST' })).status).toBe(500)
    expect(log.takeErrors()).toHaveLength(1)
  })

  it.each([
    ['valibot', v.object({ token: v.pipe(v.string(), v.email()) }), 'token: Invalid email'],
    ['arktype', type({ token: 'string.email' }), 'token: token must be an email address'],
  ])('that does not fit its schema of %s is logged without its value', async (_name, response, issue) => {
    const { logger, takeErrors } = recorder()
    const app = new App({ logger })
    app.get('/', { response }, () => ({ token: 'secret' }))
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    const error = `The result of GET / does not fit its response schema: ${issue}`
    expect(takeErrors()).toEqual([{ message: 'An error was not handled', error }])
  })
})
