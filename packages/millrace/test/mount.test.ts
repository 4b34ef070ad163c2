import { App, fail, HttpError, Router } from 'millrace'
import { describe, expect, it } from 'vitest'
import { echo } from './support/echo.ts'
import { exchangeOf } from './support/exchange.ts'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

describeTransports('a mounted handler', (serve) => {
  const ask = async (
    request: (path: string, init?: RequestInit) => Promise<Response>,
    path: string,
    init: RequestInit = {},
  ) => (await request(path, init)).json()

  it('sees each request below its path, without the prefix', async () => {
    const app = new App()
    app.mount('/legacy', echo)
    const { request } = await serve(app)
    const seen = { method: 'GET', body: '', header: null }
    expect(await ask(request, '/legacy')).toEqual({ ...seen, path: '/' })
    expect(await ask(request, '/legacy?q=1')).toEqual({ ...seen, path: '/?q=1' })
    expect(await ask(request, '/legacy/')).toEqual({ ...seen, path: '/' })
    expect(await ask(request, '/legacy/a%2Fb/c/?q=a%20b&q=2')).toEqual({ ...seen, path: '/a%2Fb/c/?q=a%20b&q=2' })
    expect(await ask(request, '/legacy/x//y')).toEqual({ ...seen, path: '/x//y' })
    expect((await request('/legacyish')).status).toBe(404)
  })

  it('gets method, headers and body', async () => {
    const app = new App()
    app.mount('/legacy', { fetch: echo })
    const { request } = await serve(app)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND'])
      expect(await ask(request, '/legacy/x', { method, body: 'sent', headers: { 'x-a': '1' } })).toEqual({
        method,
        path: '/x',
        body: 'sent',
        header: '1',
      })
    const head = await request('/legacy/x', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(await ask(request, '/legacy/x', { method: 'OPTIONS' })).toMatchObject({ method: 'OPTIONS' })
  })

  it('may stand at the root, where operations come first', async () => {
    const app = new App()
    app.get('/own', () => 'own')
    app.mount('/', echo)
    const { request } = await serve(app)
    expect(await (await request('/own')).text()).toBe('own')
    expect(await ask(request, '/')).toMatchObject({ path: '/' })
    expect(await ask(request, '/other?q=1')).toMatchObject({ path: '/other?q=1' })
    expect(await ask(request, '/own', { method: 'POST' })).toMatchObject({ method: 'POST', path: '/own' })
  })

  it('may stand in a router, below parameters, and below another', async () => {
    const app = new App()
    const router = new Router({ prefix: '/tenants/:tenant' })
    router.mount('/api', echo)
    app.include(router, { prefix: '/v1' })
    app.mount('/v1', () => new Response('outer'))
    const { request } = await serve(app)
    expect(await ask(request, '/v1/tenants/a-long-name/api/x/y?z')).toMatchObject({ path: '/x/y?z' })
    expect(await (await request('/v1/other')).text()).toBe('outer')
  })

  it('has the middleware and the error handlers of where it stands', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.onError(TypeError, () => 'handled')
    app.use(async (_context, next) => void (await next()).headers.set('x-app', 'yes'))
    app.mount('/throws', (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/http') throw new HttpError(418)
      if (pathname === '/type') throw new TypeError('x')
      throw new Error('SECRET')
    })
    const { request } = await serve(app)
    const read = async (path: string) => {
      const response = await request(path)
      return [response.status, response.headers.get('x-app'), (await response.text()).includes('SECRET')]
    }
    expect(await read('/throws/http')).toEqual([418, 'yes', false])
    expect(await read('/throws')).toEqual([500, 'yes', false])
    expect(await (await request('/throws/type')).text()).toBe('handled')
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'SECRET' }])
  })

  it('is told when the client leaves', async () => {
    const app = new App()
    const entered = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    app.mount('/slow', (request) => {
      request.signal.addEventListener('abort', () => aborted.resolve())
      entered.resolve()
      return new Promise<Response>((resolve) => {
        request.signal.addEventListener('abort', () => resolve(new Response()))
      })
    })
    const { request } = await serve(app)
    const abort = new AbortController()
    const answer = request('/slow', { signal: abort.signal }).catch(() => 'left')
    await entered.promise
    abort.abort()
    await aborted.promise
    await answer
  })

  it('streams in both directions', async () => {
    const app = new App()
    app.mount(
      '/upper',
      (request) =>
        new Response(
          request.body?.pipeThrough(new TextDecoderStream() as never).pipeThrough(
            new TransformStream<string, Uint8Array>({
              transform: (text, controller) => controller.enqueue(new TextEncoder().encode(text.toUpperCase())),
            }),
          ) ?? null,
        ),
    )
    const { request } = await serve(app)
    const input = new TransformStream<Uint8Array, Uint8Array>()
    const writer = input.writable.getWriter()
    const pending = request('/upper', { method: 'POST', body: input.readable, duplex: 'half' } as RequestInit)
    await writer.write(new TextEncoder().encode('a'))
    await writer.write(new TextEncoder().encode('b'))
    await writer.close()
    expect(await (await pending).text()).toBe('AB')
  })

  it('gets no more than the limit of the app', async () => {
    const app = new App({ maxBodyBytes: 3 })
    app.mount('/legacy', echo)
    const { request } = await serve(app)
    const response = await request('/legacy', { method: 'POST', body: 'four' })
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'body_too_large' }])
  })
})

describeTransports('the body of what is mounted', (serve) => {
  it('has a limit of its own, else that of the app', async () => {
    const app = new App({ maxBodyBytes: 100 })
    app.mount('/large', echo, { maxBodyBytes: 1_000 })
    app.mount('/small', echo, { maxBodyBytes: 10 })
    app.mount('/default', echo)
    const { request } = await serve(app)
    const send = async (path: string, size: number) =>
      (await request(path, { method: 'POST', body: 'x'.repeat(size) })).status
    expect(await Promise.all([send('/large', 1_000), send('/large', 1_001)])).toEqual([200, 413])
    expect(await Promise.all([send('/small', 10), send('/small', 11)])).toEqual([200, 413])
    expect(await Promise.all([send('/default', 100), send('/default', 101)])).toEqual([200, 413])
  })
})

describe('the path of a mounted handler', () => {
  it('is the one that the app around it has seen, or it is refused', async () => {
    const seen: string[] = []
    const app = new App()
    // What a URL makes of dots and backslashes would lead past it.
    app.use((context, next) => (context.path.startsWith('/inner/deep/admin') ? fail(401) : next()))
    app.mount('/inner/deep', (request) => {
      seen.push(new URL(request.url).pathname)
      return new Response()
    })
    await app.start()
    const answers: unknown[] = []
    for (const below of ['../../etc', '%2e%2e/x', 'x/../admin', './admin', 'x/.%2E\\admin', '\\admin', '..', 'x/%2e']) {
      const { status, body } = await exchangeOf(app, `/inner/deep/${below}?a=../b`)
      answers.push([status, JSON.parse(String(body)).code])
    }
    expect(answers).toEqual(Array(8).fill([400, 'malformed_target']))
    expect(seen).toEqual([])
    for (const below of ['.well-known/x', 'a..b/...', '%5c/x', 'x?a=/../b\\'])
      expect((await exchangeOf(app, `/inner/deep/${below}`)).status).toBe(200)
    expect(seen).toEqual(['/.well-known/x', '/a..b/...', '/%5c/x', '/x'])
  })

  it('is for a Millrace app what it would be without the mount, dots and all', async () => {
    const inner = new App({ logger: false, docs: false })
    inner.get('/items/:id', ({ params, path }) => [params.id, path])
    inner.get('/admin', () => expect.unreachable())
    const app = new App({ logger: false, docs: false })
    app.mount('/inner', inner.with())
    const answers = async (one: App, prefix: string) => {
      const { port } = await serveHttp(one)
      const socket = new RawSocket(port)
      const all: unknown[] = []
      for (const path of [
        '/items/..',
        '/items/%2e%2E',
        '/items/./../admin',
        '/items/%2e',
        '//admin',
        '/x/..%2fadmin',
      ]) {
        await socket.write(rawRequest('GET', prefix + path))
        const { status, body } = await socket.answer()
        all.push(status === 200 ? JSON.parse(body) : status)
      }
      return all
    }
    const expected = [['..', '/items/..'], ['..', '/items/%2e%2E'], 404, ['.', '/items/%2e'], 404, 404]
    expect(await answers(inner, '')).toEqual(expected)
    expect(await answers(app, '/inner')).toEqual(expected)
  })
})
