import { App, dependency, staticFiles } from 'millrace'
import { describe, expect, it } from 'vitest'
import { echo } from './support/echo.ts'
import { describeTransports, serveFetch, serveHttp } from './support/serve.ts'

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
