import { App, cors, dependency } from 'millrace'
import { describe, expect, it } from 'vitest'
import { exchangeOf } from './support/exchange.ts'
import { describeTransports } from './support/serve.ts'

describeTransports('health checks', (serve) => {
  it('answer', async () => {
    const { request } = await serve(new App())
    const alive = await request('/livez')
    expect([alive.status, alive.headers.get('cache-control'), await alive.json()]).toEqual([
      200,
      'no-store',
      { status: 'alive' },
    ])
    const ready = await request('/readyz')
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
    expect((await request('/livez', { method: 'HEAD' })).status).toBe(200)
  })

  it('pass no middleware and stay out of the document', async () => {
    const app = new App()
    app.use(() => new Response('closed', { status: 403 }))
    const { request } = await serve(app)
    expect((await request('/livez')).status).toBe(200)
    const other = await request('/other')
    expect([other.status, await other.text()]).toEqual([403, 'closed'])
    expect(app.plans.some(({ path }) => path === '/livez')).toBe(false)
  })

  it('give way to an operation of the app', async () => {
    const app = new App()
    app.get('/livez', () => 'mine')
    const { request } = await serve(app)
    expect(await (await request('/livez')).text()).toBe('mine')
    expect((await request('/readyz')).status).toBe(200)
  })

  it('tell what they answer, with the middleware of the app', async () => {
    const app = new App({ use: [cors({ origins: '*' })] })
    app.post('/readyz', () => 'mine')
    const { request } = await serve(app)
    const ask = async (path: string, method: string) => {
      const response = await request(path, { method, headers: { origin: 'https://app.example' } })
      const { headers, status } = response
      await response.text()
      return [status, headers.get('allow'), headers.get('access-control-allow-origin')]
    }
    expect(await ask('/livez', 'POST')).toEqual([405, 'GET, HEAD, OPTIONS', '*'])
    expect(await ask('/livez', 'OPTIONS')).toEqual([204, 'GET, HEAD, OPTIONS', '*'])
    expect(await ask('/readyz', 'OPTIONS')).toEqual([204, 'GET, HEAD, OPTIONS, POST', '*'])
    expect(await ask('/readyz', 'POST')).toEqual([200, null, '*'])
  })

  it('can be switched off', async () => {
    const { request } = await serve(new App({ health: false }))
    expect([(await request('/livez')).status, (await request('/readyz')).status]).toEqual([404, 404])
  })
})

describe('health checks while an app starts', () => {
  const ask = async (app: App, target: string) => {
    const { status, headers, body } = await exchangeOf(app, target)
    return [status, headers.get('retry-after'), JSON.parse(body as string) as unknown]
  }
  const starting = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'The server is starting',
    code: 'starting',
  }

  it('tell that it is alive and not ready, and all else answers 503', async () => {
    const app = new App()
    const gate = Promise.withResolvers<string>()
    const slow = dependency({ scope: 'app' }, () => gate.promise)
    app.get('/', { deps: { slow } }, (context) => [context.slow])
    const started = app.start()
    expect(await ask(app, '/livez')).toEqual([200, undefined, { status: 'alive' }])
    expect(await ask(app, '/readyz')).toEqual([503, undefined, { status: 'starting' }])
    expect(await ask(app, '/')).toEqual([503, '1', starting])
    gate.resolve('warm')
    await started
    expect(await ask(app, '/readyz')).toEqual([200, undefined, { status: 'ready' }])
    expect(await ask(app, '/')).toEqual([200, undefined, ['warm']])
    await app.stop()
    expect(await ask(app, '/readyz')).toEqual([503, undefined, { status: 'stopped' }])
  })

  it('an operation in their place waits until the app is ready', async () => {
    const app = new App()
    const gate = Promise.withResolvers<void>()
    app.lifespan(async function* () {
      await gate.promise
      yield
    })
    app.get('/livez', () => ['mine'])
    const started = app.start()
    expect(await ask(app, '/livez')).toEqual([503, '1', starting])
    gate.resolve()
    await started
    expect(await ask(app, '/livez')).toEqual([200, undefined, ['mine']])
    await app.stop()
  })
})
