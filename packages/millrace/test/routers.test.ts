import { App, dependency, fail, type Middleware, Router, reply, StartupError, text } from 'millrace'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('routers', (serve) => {
  it('put their prefix before their operations, through any depth', async () => {
    const app = new App()
    const outer = new Router({ prefix: '/outer' })
    const inner = new Router({ prefix: '/inner' })
    const bare = new Router()
    inner.get('/', () => 'inner root')
    inner.get('/:id', ({ params }) => `inner ${params.id}`)
    bare.get('/bare', () => 'bare')
    outer.get('/', () => 'outer root')
    outer.include(inner)
    outer.include(bare, { prefix: '/extra' })
    app.include(outer, { prefix: '/v1' })
    const { request } = await serve(app)
    const text = async (path: string) => (await request(path)).text()
    expect(await text('/v1/outer')).toBe('outer root')
    expect(await text('/v1/outer/inner')).toBe('inner root')
    expect(await text('/v1/outer/inner/7')).toBe('inner 7')
    expect(await text('/v1/outer/extra/bare')).toBe('bare')
    expect((await request('/outer')).status).toBe(404)
    expect((await request('/inner')).status).toBe(404)
  })

  it('have an operation at their prefix, with a slash at its end or without', async () => {
    const app = new App()
    const items = new Router({ prefix: '/items' })
    const bare = items.get('/', () => 'bare')
    const slashed = items.get('//', () => 'slashed')
    const free = new Router()
    free.get('//', () => 'free')
    app.include(items).include(free, { prefix: '/free' })
    expectTypeOf(slashed.path).toEqualTypeOf<'/items/'>()
    expect([bare.path, slashed.path, app.urlFor(slashed)]).toEqual(['/items', '/items/', '/items/'])
    const { request } = await serve(app)
    const text = async (path: string) => (await request(path)).text()
    expect([await text('/items'), await text('/items/'), await text('/free/')]).toEqual(['bare', 'slashed', 'free'])
  })

  it('may have parameters in their prefix', async () => {
    const app = new App()
    const router = new Router({ prefix: '/users/:user' })
    router.get('/posts/:post', { params: z.object({ user: z.int(), post: z.int() }) }, ({ params }) => params)
    app.include(router)
    const { request } = await serve(app)
    expect(await (await request('/users/1/posts/2')).json()).toEqual({ user: 1, post: 2 })
  })

  it('may be included twice, and in two apps', async () => {
    const router = new Router({ prefix: '/items' })
    router.get('/', () => 'items')
    const app = new App()
    const other = new App()
    app.include(router, { prefix: '/v1' })
    app.include(router, { prefix: '/v2' })
    other.include(router)
    const [first, second] = [await serve(app), await serve(other)]
    const text = async (served: typeof first, path: string) => (await served.request(path)).text()
    expect([await text(first, '/v1/items'), await text(first, '/v2/items'), await text(second, '/items')]).toEqual([
      'items',
      'items',
      'items',
    ])
    router.get('/late', () => 'late')
    expect([await text(first, '/v1/items/late'), await text(first, '/v2/items/late')]).toEqual(['late', 'late'])
    expect(await text(second, '/items/late')).toBe('late')
    expect(app.plans.filter(({ docs }) => !docs.hidden).map(({ docs }) => docs.operationId)).toEqual([
      'getV1Items',
      'getV1ItemsLate',
      'getV2Items',
      'getV2ItemsLate',
    ])
  })

  it('give middleware, dependencies and other responses to their operations alone', async () => {
    const trace: string[] = []
    const mark =
      (name: string) =>
      async (_context: unknown, next: () => unknown): Promise<void> => {
        trace.push(`${name} in`)
        await next()
        trace.push(`${name} out`)
      }
    const made = dependency(() => trace.push('dependency'))
    const app = new App({ use: [mark('app')] })
    const outer = new Router({ prefix: '/outer', use: [mark('outer')], responses: { 409: z.object({ a: z.int() }) } })
    const inner = new Router({ prefix: '/inner', deps: { made } })
    inner.use(mark('inner'))
    inner.get('/', { use: [mark('operation')] }, () => reply(409, { a: 1, secret: 2 }) as never)
    app.get('/', () => 'root')
    outer.include(inner)
    app.include(outer)
    const { request } = await serve(app)
    const response = await request('/outer/inner')
    expect([response.status, await response.json()]).toEqual([409, { a: 1 }])
    expect(trace.splice(0)).toEqual([
      'app in',
      'outer in',
      'inner in',
      'operation in',
      'dependency',
      'operation out',
      'inner out',
      'outer out',
      'app out',
    ])
    await (await request('/')).text()
    expect(trace).toEqual(['app in', 'app out'])
  })
})

describeTransports('what includes a router', (serve) => {
  it('adds tags, dependencies, responses, middleware and marks between the two', async () => {
    const trace: string[] = []
    const mark =
      (name: string): Middleware =>
      (_context, next) => {
        trace.push(name)
        return next()
      }
    const router = new Router({ prefix: '/r', tags: ['router'], use: [mark('router')] })
    router.get('/', { tags: ['own'] }, () => 'answer')
    const allowed = dependency(({ request }) => {
      trace.push('allowed')
      return request.headers.has('x-key') || fail(403, 'No key')
    })
    const app = new App({ tags: ['app'], use: [mark('app')] })
    app.include(router, {
      prefix: '/guarded',
      tags: ['included'],
      deps: { allowed },
      responses: { 403: z.object({ detail: z.string() }) },
      use: [mark('include')],
      deprecated: true,
    })
    app.include(router, { prefix: '/hidden', hidden: true })
    const { request } = await serve(app)
    expect((await request('/guarded/r')).status).toBe(403)
    expect(trace.splice(0)).toEqual(['app', 'include', 'router', 'allowed'])
    expect(await (await request('/guarded/r', { headers: { 'x-key': '1' } })).text()).toBe('answer')
    expect(await (await request('/hidden/r')).text()).toBe('answer')
    const { paths } = app.openapi() as unknown as { paths: Record<string, { get: Record<string, unknown> }> }
    expect(Object.keys(paths)).toEqual(['/guarded/r'])
    expect(paths['/guarded/r']?.get).toMatchObject({
      tags: ['app', 'included', 'router', 'own'],
      deprecated: true,
      responses: { 403: {} },
    })
  })

  it('is nearer than the app, and farther than the router, for limits', async () => {
    const app = new App({ maxBodyBytes: 30 })
    const echo = new Router({ prefix: '/echo' })
    echo.post('/', { body: text(), response: text() }, ({ body }) => body)
    echo.post('/own', { body: text(), response: text(), maxBodyBytes: 5 }, ({ body }) => body)
    app.include(echo)
    app.include(echo, { prefix: '/small', maxBodyBytes: 10 })
    const { request } = await serve(app)
    const send = async (path: string, size: number) =>
      (await request(path, { method: 'POST', body: 'x'.repeat(size) })).status
    expect([await send('/echo', 30), await send('/echo', 31)]).toEqual([200, 413])
    expect([await send('/small/echo', 10), await send('/small/echo', 11)]).toEqual([200, 413])
    expect([await send('/small/echo/own', 5), await send('/small/echo/own', 6)]).toEqual([200, 413])
    expect(() => app.include(echo, { prefix: '/x', timeoutMs: -1 })).toThrow("timeoutMs of what is included at '/x'")
  })
})

describeTransports('a router of a router', (serve) => {
  it('knows the whole prefix and all dependencies, in its types too', async () => {
    const app = new App({ deps: { user: dependency(() => 'ada') } })
    const admin = app.router({ prefix: '/admin', deps: { role: dependency(() => 'owner') } })
    const users = admin.router({ prefix: '/users' })
    const read = users.get('/:id', ({ params, user, role }) => [params.id, user.length, role] as const)
    expectTypeOf(read.path).toEqualTypeOf<'/admin/users/:id'>()
    expect(read.path).toBe('/admin/users/:id')
    const outer = new Router({ prefix: '/v2' })
    const inner = outer.router({ prefix: '/inner' })
    const ping = inner.get('/', () => 'pong')
    app.include(outer)
    const { request } = await serve(app)
    expect(await (await request('/admin/users/7')).json()).toEqual(['7', 3, 'owner'])
    expect([ping.path, await (await request('/v2/inner')).text()]).toEqual(['/v2/inner', 'pong'])
  })
})

describeTransports('where nothing stands', (serve) => {
  it('the router whose prefix it is answers, with its middleware and error handlers', async () => {
    const app = new App()
    app.onError(404, () => 'app 404')
    const api = new Router({ prefix: '/api/:version' })
    api.use(async (_context, next) => void (await next()).headers.set('x-api', 'yes'))
    api.onError(404, (error) => `api 404: ${(error as Error).message}`)
    api.onError(405, () => 'api 405')
    api.get('/items', () => 'items')
    const inner = api.router({ prefix: '/inner' })
    inner.onError(404, () => 'inner 404')
    app.include(api)
    const { request } = await serve(app)
    const read = async (path: string, method = 'GET') => {
      const response = await request(path, { method })
      return [response.status, response.headers.get('x-api'), await response.text()]
    }
    expect(await read('/nowhere')).toEqual([404, null, 'app 404'])
    expect(await read('/api/v1/nowhere')).toEqual([404, 'yes', 'api 404: Nothing stands at /api/v1/nowhere'])
    expect(await read('/api/v1')).toEqual([404, 'yes', 'api 404: Nothing stands at /api/v1'])
    expect(await read('/api/v1/inner/a/b')).toEqual([404, 'yes', 'inner 404'])
    expect(await read('/apiary')).toEqual([404, null, 'app 404'])
    expect(await read('/api/v1/items', 'DELETE')).toEqual([405, 'yes', 'api 405'])
  })

  it('routers that begin at one prefix leave it to what is around all of them', async () => {
    const app = new App()
    const around = app.router({
      prefix: '/shop',
      use: [async (_context, next) => void (await next()).headers.set('x-shop', '1')],
    })
    const first = new Router({ prefix: '/items' })
    first.onError(404, () => 'first')
    const second = new Router({ prefix: '/items' })
    second.onError(404, () => 'second')
    around.include(first).include(second)
    const { request } = await serve(app)
    const response = await request('/shop/items/x')
    expect([response.status, response.headers.get('x-shop')]).toEqual([404, '1'])
    expect(await response.json()).toMatchObject({ code: 'not_found' })
  })
})

describe('operation ids', () => {
  it('are made by the function of the nearest level', () => {
    const app = new App({ operationId: ({ method, path }) => `${method} ${path}` })
    app.get('/', () => 1)
    app.get('/own', { operationId: 'own' }, () => 1)
    const router = app.router({
      prefix: '/r',
      tags: ['r'],
      operationId: ({ tags, name }) => `${tags.join('_')}-${name}`,
    })
    router.get('/:id', function readOne() {
      return 1
    })
    expect(app.plans.filter(({ docs }) => !docs.hidden).map(({ docs }) => docs.operationId)).toEqual([
      'GET /',
      'own',
      'r-readOne',
    ])
  })
})

describe('the plans of routers', () => {
  it('gather tags, and responses, nearest last', () => {
    const app = new App({ tags: ['all'], responses: { 500: z.object({ level: z.literal('app') }) } })
    const nearest = z.object({ level: z.literal('router') })
    const router = new Router({ prefix: '/r', tags: ['r', 'all'], responses: { 500: nearest, 404: nearest } })
    router.get('/', { tags: ['own'] }, () => 1)
    app.include(router)
    const plan = app.plans.find(({ path }) => path === '/r')
    expect(plan?.docs.tags).toEqual(['all', 'r', 'own'])
    expect([...(plan?.replies ?? [])]).toEqual([
      [404, { kind: 'json', schema: nearest }],
      [500, { kind: 'json', schema: nearest }],
    ])
  })

  it.each([
    ['a prefix without a slash', () => new Router({ prefix: 'a' })],
    ['a prefix that ends with a slash', () => new Router({ prefix: '/a/' })],
    ['an include prefix that ends with a slash', () => new App().include(new Router(), { prefix: '/a/' })],
    ['a mount path without a slash', () => new App().mount('a', () => new Response())],
    ['a mount path that ends with a slash', () => new App().mount('/a/', () => new Response())],
  ])('%s is refused', (_name, make) => {
    expect(make).toThrow(StartupError)
  })

  it('one may be included by very many apps, and tells those that are left', async () => {
    const router = new Router()
    router.get('/first', () => 1)
    const first = new App({ logger: false }).include(router)
    expect((await first.request('/second')).status).toBe(404)
    for (let count = 0; count < 20_000; count++) new App({ logger: false }).include(router)
    router.get('/second', () => 2)
    expect(await (await first.request('/second')).json()).toBe(2)
  })

  it('circles are refused', () => {
    const a = new Router({ prefix: '/a' })
    const b = new Router({ prefix: '/b' })
    const c = new Router({ prefix: '/c' })
    a.include(b)
    b.include(c)
    for (const router of [a, b, c])
      expect(() => c.include(router)).toThrow('A router cannot include itself, nor one that includes it')
  })
})
