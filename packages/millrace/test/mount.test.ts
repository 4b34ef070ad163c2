import { App, dependency, fail, HttpError, Router, staticFiles } from 'millrace'
import { describe, expect, it } from 'vitest'
import { exchangeOf } from './support/exchange.ts'
import { describeTransports, recorder, serveFetch, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

/** Tells what it was asked. */
const echo = async (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  const body = await request.text()
  return Response.json({ method: request.method, path: pathname + search, body, header: request.headers.get('x-a') })
}

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

describeTransports('a mounted Millrace app', (serve) => {
  it('lives and ends with the app around it', async () => {
    const trace: string[] = []
    const life = (name: string) =>
      async function* () {
        trace.push(`${name} starts`)
        yield name
        trace.push(`${name} ends`)
      }
    const pool = dependency({ scope: 'app' }, life('child pool'))
    const child = new App()
    child.lifespan(life('child') as never)
    child.get('/:id', { deps: { pool } }, ({ params, pool }) => `${params.id} of ${pool}`)
    const app = new App()
    app.lifespan(life('app') as never)
    app.mount('/child', child)
    const { request, close } = await serve(app)
    expect(await (await request('/child/7')).text()).toBe('7 of child pool')
    expect(child.state).toBe('ready')
    await close()
    expect(child.state).toBe('stopped')
    expect(trace).toEqual([
      'app starts',
      'child starts',
      'child pool starts',
      'child pool ends',
      'child ends',
      'app ends',
    ])
  })

  it('has its own errors, middleware and 404', async () => {
    const child = new App()
    child.onError(404, () => 'child 404')
    const app = new App()
    app.onError(404, () => 'app 404')
    app.use(async (_context, next) => void (await next()).headers.set('x-app', '1'))
    app.mount('/child', child)
    const { request } = await serve(app)
    const response = await request('/child/x')
    expect([response.status, response.headers.get('x-app'), await response.text()]).toEqual([404, '1', 'child 404'])
    expect(await (await request('/x')).text()).toBe('app 404')
  })

  it('names paths as the client has asked for them', async () => {
    const child = new App()
    child.get('/items', () => 'items')
    child.mount('/files', staticFiles({ directory: new URL('.', import.meta.url) }))
    const app = new App()
    app.mount('/child', child)
    const { request } = await serve(app)
    const read = async (path: string, method = 'GET') =>
      ((await (await request(path, { method })).json()) as { detail: string }).detail
    expect(await read('/child/x')).toBe('Nothing stands at /child/x')
    expect(await read('/child/items', 'POST')).toBe('/child/items does not answer POST, only GET, HEAD, OPTIONS')
    expect(await read('/child/files/x')).toBe('Nothing stands at /child/files/x')
    expect(await read('/child/files/x', 'PUT')).toBe('/child/files/x does not answer PUT, only GET, HEAD, OPTIONS')
  })
})

describe('a mounted Millrace app behind a proxy', () => {
  it('sees what the app around it believes', async () => {
    const child = new App()
    const seen = child.get('/seen', ({ scheme, host, clientAddress, basePath, urlFor }): unknown => ({
      scheme,
      host,
      clientAddress,
      basePath,
      url: urlFor(seen, {}, { absolute: true }),
    }))
    const app = new App({ trustProxy: ['loopback'] })
    app.mount('/child', child)
    const { request } = await serveHttp(app)
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-prefix': '/shop',
    }
    expect(await (await request('/child/seen', { headers })).json()).toEqual({
      scheme: 'https',
      host: 'shop.example',
      clientAddress: '203.0.113.9',
      basePath: '/shop/child',
      url: 'https://shop.example/shop/child/seen',
    })
  })
})

describeTransports('the document of a mounted Millrace app', (serve) => {
  it('is its own, at its path, and says so', async () => {
    const child = new App({ title: 'Child' })
    child.get('/users', () => 1)
    const app = new App()
    app.get('/own', () => 1)
    app.mount('/v1/child', child)
    const { request } = await serve(app)
    expect(await (await request('/openapi.json')).json()).toMatchObject({ paths: { '/own': {} } })
    expect(app.openapi().paths).not.toHaveProperty('/v1/child/users')
    const own = (await (await request('/v1/child/openapi.json')).json()) as { paths: object }
    expect(own).toMatchObject({ info: { title: 'Child' }, servers: [{ url: '/v1/child' }] })
    expect(Object.keys(own.paths)).toEqual(['/users'])
    expect((await request('/v1/child/docs')).status).toBe(200)
    expect(child.openapi()).not.toHaveProperty('servers')
  })

  it('is merged on request, through any depth', async () => {
    const leaf = new App({ tags: ['leaf'] })
    leaf.get('/:id', () => 1)
    const child = new App()
    child.get('/', () => 1)
    child.get('/secret', { hidden: true }, () => 1)
    child.mount('/leaf', leaf, { openapi: 'merge' })
    const app = new App()
    app.get('/own', () => 1)
    app.mount('/child', child, { openapi: 'merge' })
    const { paths } = app.openapi() as unknown as { paths: Record<string, { get: object }> }
    expect(Object.keys(paths)).toEqual(['/own', '/child', '/child/leaf/{id}'])
    expect(paths['/child/leaf/{id}']?.get).toMatchObject({ operationId: 'getChildLeafById', tags: ['leaf'] })
    const { request } = await serve(app)
    expect((await request('/child/leaf/1')).status).toBe(200)
    expect(() => app.mount('/other', echo, { openapi: 'merge' })).toThrow('it has no document to merge')
  })
})

describe('a mounted Millrace app that does not start', () => {
  it('keeps the app around it from starting, and what was open is closed', async () => {
    const trace: string[] = []
    const child = new App()
    child.lifespan(() => {
      throw new Error('no child')
    })
    const app = new App()
    app.lifespan(function* () {
      trace.push('starts')
      yield
      trace.push('ends')
    })
    app.mount('/child', child)
    await expect(app.start()).rejects.toThrow('no child')
    expect(trace).toEqual(['starts', 'ends'])
    expect(app.state).toBe('idle')
  })

  it('takes those back that had started before it, and all of them start with the next call', async () => {
    const trace: string[] = []
    const first = new App()
    first.lifespan(function* () {
      trace.push('first starts')
      yield
      trace.push('first ends')
    })
    const pool = dependency({ scope: 'app' }, () => 'pool')
    first.get('/', { deps: { pool } }, ({ pool }) => pool)
    let attempts = 0
    const second = new App()
    second.lifespan(function* () {
      if (attempts++ === 0) throw new Error('not yet')
      yield
    })
    const app = new App()
    app.mount('/first', first).mount('/second', second)
    await expect(app.start()).rejects.toThrow('not yet')
    expect([app.state, first.state, second.state]).toEqual(['idle', 'idle', 'idle'])
    expect(await (await app.request('/first')).text()).toBe('pool')
    await app.stop()
    expect(trace).toEqual(['first starts', 'first ends', 'first starts', 'first ends'])
    expect([app.state, first.state, second.state]).toEqual(['stopped', 'stopped', 'stopped'])
  })

  it('cannot be the app itself', () => {
    const app = new App()
    expect(() => app.mount('/self', app)).toThrow('An app cannot be mounted in itself')
  })

  it('is started with the app when it is served by fetch', async () => {
    const child = new App()
    const app = new App()
    app.mount('/child', child)
    const { request } = await serveFetch(app)
    await (await request('/readyz')).text()
    expect(child.state).toBe('ready')
  })
})
