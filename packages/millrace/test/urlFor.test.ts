import { App, dependency, Router } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describe('app.urlFor', () => {
  it('fills in and encodes parameters, query and hash', () => {
    const app = new App()
    const root = app.get('/', () => 1)
    const item = app.get('/items/:id', { params: z.object({ id: z.int() }) }, () => 1)
    const part = app.get('/items/:id/parts/:part?', () => 1)
    const file = app.get('/files/*path', () => 1)
    expect(app.urlFor(root)).toBe('/')
    expect(app.urlFor(root, {}, { query: { q: 'a b' } })).toBe('/?q=a+b')
    expect(app.urlFor(item, { id: 3 })).toBe('/items/3')
    expect(app.urlFor(part, { id: 'a/b ü' })).toBe('/items/a%2Fb%20%C3%BC/parts')
    expect(app.urlFor(part, { id: 1, part: 'x' }, { hash: 'top of it' })).toBe('/items/1/parts/x#top%20of%20it')
    expect(app.urlFor(file, { path: 'a b/c?d' })).toBe('/files/a%20b/c%3Fd')
    // A `location` header could not have it otherwise.
    expect(app.urlFor(app.get('/über uns/100%25/x', () => 1))).toBe('/%C3%BCber%20uns/100%25/x')
    const any = new App()
    const rest = any.get('/*rest', () => 1)
    // Two slashes would be followed by a host.
    expect(any.urlFor(rest, { rest: '/evil.example/a' })).toBe('/.//evil.example/a')
    expect(new URL(any.urlFor(rest, { rest: '/evil.example' }), 'http://localhost').href).toBe(
      'http://localhost//evil.example',
    )
    expect(app.urlFor(root, {}, { query: { tag: ['a', 'b'], none: undefined, at: new Date(0) } })).toBe(
      '/?tag=a&tag=b&at=1970-01-01T00%3A00%3A00.000Z',
    )
    expect(app.urlFor(item, { id: 3 }, { absolute: 'https://api.example.com/v1/' })).toBe(
      'https://api.example.com/v1/items/3',
    )
  })

  it('knows prefixes of routers and mounted apps, also those that come later', () => {
    const app = new App()
    const items = new Router({ prefix: '/items' })
    const item = items.get('/:id', () => 1)
    const admin = new App()
    const users = admin.get('/users', () => 1)
    const home = admin.get('/', () => 1)
    app.include(items, { prefix: '/v1' })
    const inner = app.router({ prefix: '/inner' })
    inner.mount('/admin', admin)
    expect(app.urlFor(item, { id: 1 })).toBe('/v1/items/1')
    expect([app.urlFor(users), app.urlFor(home)]).toEqual(['/inner/admin/users', '/inner/admin'])
    const late = items.get('/late/:n', () => 1)
    expect(app.urlFor(late, { n: 2 })).toBe('/v1/items/late/2')
    expect(app.with().urlFor(users)).toBe('/inner/admin/users')
  })

  it('knows WebSocket operations', async () => {
    const app = new App({ logger: false })
    const rooms = new Router({ prefix: '/rooms' })
    const room = rooms.ws('/:name', () => undefined)
    app.include(rooms, { prefix: '/v1' })
    app.get('/', ({ urlFor }): string => urlFor(room, { name: 'a b' }, { absolute: true }))
    expect(app.urlFor(room, { name: 'a b' })).toBe('/v1/rooms/a%20b')
    expect(await (await app.request('/')).text()).toBe('ws://localhost/v1/rooms/a%20b')
    await app.stop()
  })

  it('refuses what is not there', () => {
    const app = new App()
    const item = app.get('/items/:id', () => 1)
    const other = new App().get('/other', () => 1)
    expect(() => app.urlFor(other)).toThrow(
      'GET /other is not part of this app: include its router, or ask the app that has it',
    )
    expect(() => app.urlFor(item, {} as never)).toThrow("The path /items/:id needs the parameter 'id'")
    expect(() => app.urlFor(item, { id: '..' })).toThrow('it would change the path')
    expect(() => app.urlFor(item, { id: 1 }, { absolute: true })).toThrow('outside of a request needs a base')
  })
})

describeTransports('urlFor in a request', (serve) => {
  it('is the path from where the client is, through every mount', async () => {
    const app = new App()
    const outer = new App()
    const leaf = new App()
    const link = dependency(({ urlFor }): string => urlFor(page, { name: 'x' }))
    const page = leaf.get('/pages/:name', { deps: { link } }, ({ urlFor, link }): string[] => [link, urlFor(home)])
    const home = leaf.get('/', ({ urlFor }): string => urlFor(home))
    outer.mount('/leaf', leaf)
    app.mount('/tenants/:tenant', outer)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    expect(await read('/tenants/a%20b/leaf/pages/1')).toBe('["/tenants/a%20b/leaf/pages/x","/tenants/a%20b/leaf"]')
    expect(await read('/tenants/a%20b/leaf')).toBe('/tenants/a%20b/leaf')
  })

  it('takes the nearest of several paths, and parameters of their prefix from the request', async () => {
    const items = new Router({ prefix: '/items' })
    const one = items.get('/:id', ({ urlFor }): string[] => [urlFor(one, { id: 2 }), urlFor(part, { id: 3 })])
    const part = items.get('/:id/parts/:part?', ({ urlFor }): string => urlFor(part, { id: 1 }))
    const app = new App()
    app.include(items, { prefix: '/v1' })
    app.include(items, { prefix: '/tenants/:tenant' })
    const { request } = await serve(app)
    expect(await (await request('/v1/items/1')).json()).toEqual(['/v1/items/2', '/v1/items/3/parts'])
    expect(await (await request('/tenants/a%2Fb/items/1')).json()).toEqual([
      '/tenants/a%2Fb/items/2',
      '/tenants/a%2Fb/items/3/parts',
    ])
    // An optional parameter of its own is not taken from the request.
    expect(await (await request('/v1/items/1/parts/9')).text()).toBe('/v1/items/1/parts')
  })

  it('may be absolute, and keeps to its method and parameters in middleware and error handlers', async () => {
    const app = new App()
    const item = app.get('/items/:id', ({ urlFor }): string => urlFor(item, { id: 2 }, { absolute: true }))
    app.onError(404, (_error, { urlFor }) => urlFor(item, { id: 1 }))
    app.use(async ({ urlFor }, next) => void (await next()).headers.set('link', urlFor(item, { id: 9 })))
    const { request, url } = await serve(app)
    const response = await request('/items/1')
    expect([await response.text(), response.headers.get('link')]).toEqual([`${url}/items/2`, '/items/9'])
    expect(await (await request('/nowhere')).text()).toBe('/items/1')
  })
})
