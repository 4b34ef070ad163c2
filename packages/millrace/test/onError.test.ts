import { App, dependency, fail, HttpError, InputError, Router, reply } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

class OutOfStock extends Error {
  readonly sku: string
  constructor(sku: string) {
    super(`No ${sku} left`)
    this.sku = sku
  }
}
class SoldForever extends OutOfStock {}

const read = async (response: Response) => [response.status, (await response.json()) as unknown]

describeTransports('onError', (serve) => {
  it('answers by the nearest class, and is not logged', async () => {
    const app = new App({ logger: recorder().logger })
    app.onError(Error, () => reply(500, 'any'))
    app.onError(OutOfStock, (error) => reply(409, { sku: error.sku }))
    app.get('/child', () => {
      throw new SoldForever('lamp')
    })
    app.get('/other', () => {
      throw new TypeError('x')
    })
    const { request } = await serve(app)
    expect(await read(await request('/child'))).toEqual([409, { sku: 'lamp' }])
    const other = await request('/other')
    expect([other.status, await other.text()]).toEqual([500, 'any'])
  })

  it('of what Millrace refuses by itself has no frames, and leaves those of others', async () => {
    const app = new App()
    const frames = (error: unknown) => ((error as Error).stack ?? '').split('\n').length - 1
    app.onError(HttpError, (error) => [frames(error), frames(new Error('of another')) > 0])
    app.get('/items/:id', { params: z.object({ id: z.int() }) }, () => fail(409))
    const { request } = await serve(app)
    expect(await read(await request('/items/x'))).toEqual([422, [0, true]])
    expect(await read(await request('/nowhere'))).toEqual([404, [0, true]])
    const [status, [own]] = (await read(await request('/items/1'))) as [number, [number, boolean]]
    expect([status, own > 0]).toEqual([409, true])
  })

  it('answers by status, with the status unless it says otherwise', async () => {
    const app = new App()
    app.onError(404, (_error, { path }) => ({ nothing: path }))
    app.onError(422, (error) => (error instanceof InputError ? error.issues.length : 0))
    app.get('/checked', { query: z.object({ a: z.int(), b: z.int() }) }, () => 1)
    app.get('/thrown', () => fail(404))
    const { request } = await serve(app)
    expect(await read(await request('/unknown'))).toEqual([404, { nothing: '/unknown' }])
    expect(await read(await request('/thrown'))).toEqual([404, { nothing: '/thrown' }])
    expect(await read(await request('/checked'))).toEqual([422, 2])
  })

  it('prefers a status to a class for an HttpError, and a class to 500 for others', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.onError(HttpError, () => 'class')
    app.onError(404, () => 'status')
    app.onError(OutOfStock, () => 'stock')
    app.onError(500, () => '500')
    app.get('/404', () => fail(404))
    app.get('/409', () => fail(409))
    app.get('/stock', () => {
      throw new OutOfStock('x')
    })
    app.get('/string', () => {
      throw 'text'
    })
    const { request } = await serve(app)
    const text = async (path: string) => {
      const response = await request(path)
      return [response.status, await response.text()]
    }
    expect(await text('/404')).toEqual([404, 'status'])
    expect(await text('/409')).toEqual([409, 'class'])
    expect(await text('/stock')).toEqual([500, 'stock'])
    expect(log.takeErrors()).toEqual([])
    expect(await text('/string')).toEqual([500, '500'])
    // Nobody has expected this one, so it is logged although it has a form.
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'text' }])
  })

  it('asks the nearest level first: router, its parents, app', async () => {
    const app = new App()
    const outer = new Router({ prefix: '/outer' })
    const inner = new Router({ prefix: '/inner' })
    for (const [name, level] of Object.entries({ app, outer })) level.onError(404, () => name)
    app.onError(409, () => 'app')
    outer.onError(HttpError, () => 'outer class')
    inner.onError(409, () => 'inner')
    inner.get('/404', () => fail(404))
    inner.get('/409', () => fail(409))
    inner.get('/410', () => fail(410))
    outer.get('/409', () => fail(409))
    app.get('/410', () => fail(410, 'Gone for good'))
    outer.include(inner)
    app.include(outer)
    const { request } = await serve(app)
    const text = async (path: string) => (await request(path)).text()
    expect(await text('/outer/inner/404')).toBe('outer')
    expect(await text('/outer/inner/409')).toBe('inner')
    expect(await text('/outer/inner/410')).toBe('outer class')
    expect(await text('/outer/409')).toBe('outer class')
    expect(await text('/outer/unknown')).toBe('outer')
    expect(JSON.parse(await text('/410'))).toMatchObject({ status: 410, detail: 'Gone for good' })
  })

  it('the newest for a target replaces the older', async () => {
    const app = new App()
    app.onError(404, () => 'old')
    app.onError(404, () => 'new')
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('new')
  })

  it('may be asynchronous, and return a Response, a reply, or nothing', async () => {
    const app = new App()
    app.onError(400, async () => new Response('response', { status: 299 }))
    app.onError(401, async () => reply(298, { a: 1 }, { headers: { 'x-a': '1' } }))
    app.onError(402, () => undefined)
    for (const status of [400, 401, 402]) app.get(`/${status}`, () => fail(status))
    const { request } = await serve(app)
    const response = await request('/400')
    expect([response.status, await response.text()]).toEqual([299, 'response'])
    const replied = await request('/401')
    expect([replied.headers.get('x-a'), ...(await read(replied))]).toEqual(['1', 298, { a: 1 }])
    const nothing = await request('/402')
    expect([nothing.status, await nothing.text()]).toEqual([402, ''])
  })

  it('that fails itself is logged, and the first error is answered', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.onError(404, () => {
      throw new Error('sync')
    })
    app.onError(409, () => Promise.reject(new Error('async')))
    app.onError(410, () => {
      const circle: Record<string, unknown> = {}
      circle['self'] = circle
      return circle
    })
    for (const status of [404, 409, 410]) app.get(`/${status}`, () => fail(status))
    const { request } = await serve(app)
    for (const status of [404, 409, 410]) expect((await request(`/${status}`)).status).toBe(status)
    expect(log.takeErrors().map(({ message, error }) => [message, error?.split('\n')[0]])).toEqual([
      ['An error handler failed', 'sync'],
      ['An error handler failed', 'async'],
      ['An error handler failed', 'Converting circular structure to JSON'],
    ])
  })

  it('answers errors of dependencies and middleware too', async () => {
    const app = new App({ logger: recorder().logger })
    const failing = dependency((): never => {
      throw new OutOfStock('dependency')
    })
    app.onError(OutOfStock, ({ sku }) => sku)
    app.get('/dependency', { deps: { failing } }, () => 1)
    app.get(
      '/middleware',
      {
        use: [
          () => {
            throw new OutOfStock('middleware')
          },
        ],
      },
      () => 1,
    )
    const { request } = await serve(app)
    expect(await (await request('/dependency')).text()).toBe('dependency')
    expect(await (await request('/middleware')).text()).toBe('middleware')
  })
})
