import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { App, dependency, type FrontendOptions, fail, Router, StartupError } from 'millrace'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { ask, folder, write } from './support/servedFiles.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

for (const name of ['app', 'app/assets', 'site']) mkdirSync(join(folder, name))
write('app/index.html', '<div id="root">')
write('app/assets/index-Bx3fQ9aZ.js', 'render()')
write('site/index.html', '<h1>Site</h1>')
write('site/404.html', '<h1>Lost</h1>')
const directory = join(folder, 'app')
const site = join(folder, 'site')

const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

afterEach(() => void vi.unstubAllEnvs())

describeTransports('a front end', (serve) => {
  const served = (options: Partial<FrontendOptions> = {}, path = '/') => {
    const app = new App({ logger: recorder().logger })
    app.get('/api/items', () => ['a'])
    return serve(app.frontend(path, { directory, ...options }))
  }

  it('is its files, and its index for paths that only it knows', async () => {
    const one = await served({ immutable: /^assets\// })
    const index = {
      status: 200,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      body: '<div id="root">',
    }
    const names = ['content-type', 'cache-control']
    expect(await ask(one, '/', {}, ...names)).toEqual(index)
    expect(await ask(one, '/users/7?tab=1', page, ...names)).toEqual(index)
    expect(await ask(one, '/assets/index-Bx3fQ9aZ.js', {}, ...names)).toEqual({
      status: 200,
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'max-age=31536000, immutable',
      body: 'render()',
    })
    const head = await one.request('/users/7', { method: 'HEAD', headers: page })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '15'])
  })

  it('comes after all else, and answers only whom a page helps', async () => {
    const one = await served()
    expect(await ask(one, '/api/items', page)).toEqual({ status: 200, body: '["a"]' })
    const missing = {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Nothing stands at /api/typo',
      code: 'not_found',
    }
    for (const accept of ['*/*', 'application/json', 'text/html;q=0, */*', 'text/htmlx']) {
      const response = await one.request('/api/typo', { headers: { accept } })
      expect([accept, response.status, await response.json()]).toEqual([accept, 404, missing])
    }
    // So that no cache gives a browser what it has for a program, or the other way round.
    expect((await one.request('/api/typo')).headers.get('vary')).toBe('Accept')
    expect((await one.request('/api/typo', { headers: page })).headers.get('vary')).toBe('Accept')
    expect((await one.request('/index.html', { headers: page })).headers.get('vary')).toBe(null)
    const posted = await one.request('/api/typo', { method: 'POST', headers: page })
    expect([posted.status, await posted.json()]).toEqual([404, missing])
    const refused = await one.request('/api/items', { method: 'POST', headers: page })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it.each<[FrontendOptions['fallback'], string, 200 | 404, string | undefined]>([
    ['auto', directory, 200, '<div id="root">'],
    ['auto', site, 404, '<h1>Lost</h1>'],
    ['index.html', site, 200, '<h1>Site</h1>'],
    ['404.html', site, 404, '<h1>Lost</h1>'],
    ['404.html', directory, 404, undefined],
    [null, site, 404, undefined],
  ])('falls back to %s in %s', async (fallback, place, status, body) => {
    const one = await served({ directory: place, fallback: fallback as 'auto' })
    const response = await one.request('/lost', { headers: page })
    expect(response.status).toBe(status)
    if (body === undefined) expect(await response.json()).toMatchObject({ code: 'not_found' })
    else expect(await response.text()).toBe(body)
  })

  it('stands below a path, and beside others', async () => {
    const app = new App({ logger: recorder().logger })
    app.frontend('/', { directory: site }).frontend('/admin', { directory })
    const one = await serve(app)
    const response = await one.request('/admin?a=1', { headers: page, redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([307, './admin/?a=1'])
    expect(await ask(one, '/admin/', page)).toMatchObject({ body: '<div id="root">' })
    expect(await ask(one, '/admin/users', page)).toMatchObject({ status: 200, body: '<div id="root">' })
    expect(await ask(one, '/adminish', page)).toMatchObject({ status: 404, body: '<h1>Lost</h1>' })
  })

  it('has the guards, the middleware and the error handlers of its app and its router', async () => {
    const user = dependency(
      { guard: true },
      ({ request }) => request.headers.get('x-user') ?? fail(401, 'Who are you?'),
    )
    const router = new Router({ prefix: '/inside', deps: { user } })
    router.frontend('/', { directory, fallback: null })
    router.use(async (_context, next) => void (await next()).headers.set('x-inside', '1'))
    router.onError(404, () => 'no such page')
    const app = new App({ logger: recorder().logger }).include(router)
    const one = await serve(app)
    expect(await ask(one, '/inside/', {}, 'x-inside')).toMatchObject({ status: 401, 'x-inside': '1' })
    expect(await ask(one, '/inside/', { 'x-user': 'ada' }, 'x-inside')).toEqual({
      status: 200,
      'x-inside': '1',
      body: '<div id="root">',
    })
    expect(await ask(one, '/inside/lost', { 'x-user': 'ada' })).toEqual({ status: 404, body: 'no such page' })
    expect(app.openapi().paths).toEqual({})
  })

  it('cannot be left by its paths', async () => {
    const one = await served()
    for (const path of ['/%252e%252e/site/index.html', '/..%2fsite/index.html', '/.%5c..%5csite', '/index.html%00'])
      expect((await ask(one, path))['status'], path).toBe(404)
    expect((await ask(one, '/%c0%ae'))['status']).toBe(400)
  })

  it('is fetched from its development server under `millrace dev`', async () => {
    vi.stubEnv('MILLRACE_ENV', 'development')
    const vite = createServer((request, response) => {
      response.writeHead(request.url === '/gone' ? 302 : 200, { 'content-type': 'text/plain', location: '/there' })
      response.end(`${request.method} ${request.url} ${request.headers['x-a']}`)
    })
    await new Promise<void>((resolve) => vite.listen(0, '127.0.0.1', resolve))
    const devServer = `http://127.0.0.1:${(vite.address() as AddressInfo).port}`
    const one = await served({ directory: join(folder, 'not-built'), devServer })
    expect(await ask(one, '/src/main.ts?t=1', { 'x-a': 'b' })).toEqual({ status: 200, body: 'GET /src/main.ts?t=1 b' })
    expect(await ask(one, '/api/items')).toEqual({ status: 200, body: '["a"]' })
    const redirected = await one.request('/gone', { redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([302, '/there'])
    await new Promise((resolve) => vite.close(resolve))
    const response = await one.request('/')
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { detail: `The development server of the front end does not answer at ${devServer}: start it` },
    ])
  })
})

it('asks its development server, whatever a path looks like', async () => {
  vi.stubEnv('MILLRACE_ENV', 'development')
  const vite = createServer((request, response) => void response.end(request.url))
  await new Promise<void>((resolve) => vite.listen(0, '127.0.0.1', resolve))
  const devServer = `http://127.0.0.1:${(vite.address() as AddressInfo).port}`
  const { port } = await serveHttp(new App().frontend('/', { directory, devServer }))
  const socket = new RawSocket(port)
  for (const path of ['//127.0.0.1:1/a', '/\\127.0.0.1:1/a']) {
    await socket.write(rawRequest('GET', path))
    expect(await socket.answer()).toMatchObject({ status: 200, body: '//127.0.0.1:1/a' })
  }
  socket.end()
  vite.closeAllConnections()
  await new Promise((resolve) => vite.close(resolve))
})

describe('a front end refuses', () => {
  it('a directory that is not there', () => {
    const missing = join(folder, 'not-built')
    expect(() => new App().frontend('/', { directory: missing, devServer: 'http://localhost:5173' })).toThrow(
      new StartupError('invalid_option', `The directory of frontend(), '${missing}', is not there`),
    )
  })
})
