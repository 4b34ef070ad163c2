import { App, dependency } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, serveHttp } from './support/serve.ts'

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

  it('can be switched off', async () => {
    const { request } = await serve(new App({ health: false }))
    expect([(await request('/livez')).status, (await request('/readyz')).status]).toEqual([404, 404])
  })
})

describe('health checks while an app starts', () => {
  it('tell that it is alive and not ready, and all else answers 503', async () => {
    const app = new App()
    const gate = Promise.withResolvers<string>()
    const slow = dependency({ scope: 'app' }, () => gate.promise)
    app.get('/', { deps: { slow } }, (context) => context.slow)
    const starting = Promise.withResolvers<number>()
    const started = app.listen({
      port: 0,
      signals: false,
      transport: async (options) => {
        const { listenHttp } = await import('../src/serve/http.ts')
        const listening = await listenHttp(options)
        starting.resolve(listening.port)
        return listening
      },
    })
    const url = `http://127.0.0.1:${await starting.promise}`
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'starting' }])
    const other = await fetch(`${url}/`)
    expect([other.status, other.headers.get('retry-after'), await other.json()]).toEqual([
      503,
      '1',
      {
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: 'The server is starting',
        code: 'starting',
      },
    ])
    gate.resolve('warm')
    const server = await started
    expect(await (await fetch(`${url}/`)).text()).toBe('warm')
    await server.close()
  })

  it('an operation of its own waits until the app is ready', async () => {
    const app = new App()
    app.get('/livez', () => 'mine')
    const { request } = await serveHttp(app)
    expect(await (await request('/livez')).text()).toBe('mine')
  })
})
