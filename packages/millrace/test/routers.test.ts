import { App, dependency, Router, reply, StartupError } from 'millrace'
import { describe, expect, it } from 'vitest'
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
