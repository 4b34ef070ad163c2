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

describeTransports('an error', (serve) => {
  it('of HttpError is a problem with all that it carries', async () => {
    const app = new App()
    app.get('/plain', () => {
      throw new HttpError(404)
    })
    app.get('/full', () =>
      fail(409, 'Already taken', {
        code: 'taken',
        headers: { 'Retry-After': '3' },
        extra: { name: 'x' },
        cause: new Error('SECRET'),
      }),
    )
    const { request } = await serve(app)
    expect(await read(await request('/plain'))).toEqual([
      404,
      { type: 'about:blank', title: 'Not Found', status: 404, detail: 'Not Found' },
    ])
    const full = await request('/full')
    expect([full.headers.get('retry-after'), full.headers.get('content-type')]).toEqual([
      '3',
      'application/problem+json',
    ])
    expect(await read(full)).toEqual([
      409,
      { type: 'about:blank', title: 'Conflict', status: 409, detail: 'Already taken', code: 'taken', name: 'x' },
    ])
  })

  it.each([200, 399, 600, 404.5, Number.NaN])('cannot be an HttpError of status %d', (status) => {
    expect(() => new HttpError(status)).toThrow(RangeError)
  })

  it.each([
    ['an Error', () => new Error('SECRET'), 'SECRET'],
    ['a string', () => 'SECRET', 'SECRET'],
    ['null', () => null, 'null'],
    ['undefined', () => undefined, undefined],
    ['an object', () => ({ status: 404, message: 'SECRET' }), '[object Object]'],
  ])('of any other kind never leaks: %s', async (_name, make, logged) => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/sync', () => {
      throw make()
    })
    app.get('/async', async () => {
      throw make()
    })
    const { request } = await serve(app)
    for (const path of ['/sync', '/async'])
      expect(await read(await request(path))).toEqual([
        500,
        {
          type: 'about:blank',
          title: 'Internal Server Error',
          status: 500,
          detail: 'The server failed to answer this request',
          code: 'internal_error',
        },
      ])
    expect(log.takeErrors()).toEqual([
      { message: 'An error was not handled', error: logged },
      { message: 'An error was not handled', error: logged },
    ])
  })

  it('tells message and stack in debug', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger, debug: true })
    app.get('/', () => {
      throw new Error('told')
    })
    const { request } = await serve(app)
    const [status, body] = await read(await request('/'))
    expect([status, body]).toEqual([
      500,
      expect.objectContaining({
        detail: 'told',
        stack: expect.arrayContaining([expect.stringContaining('errors.test')]),
      }),
    ])
    log.takeErrors()
  })

  it('that cannot be written itself is a 500', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    app.get('/header', () => fail(400, 'x', { headers: { location: 'a\r\nb: c' } }))
    app.get('/circle', () => fail(400, 'x', { extra: { circle } }))
    app.get('/bigint', () => fail(400, 'x', { extra: { big: 1n } }))
    const { request } = await serve(app)
    for (const path of ['/header', '/circle'])
      expect(await read(await request(path))).toMatchObject([500, { code: 'internal_error' }])
    expect(await read(await request('/bigint'))).toMatchObject([400, { big: '1' }])
    expect(log.takeErrors().map(({ message }) => message)).toEqual([
      'An error could not be told',
      'An error could not be told',
    ])
  })

  it('that cannot be asked what it is is a 500, too', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ logger })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    app.get('/at-once', () => {
      throw proxy
    })
    app.get('/later', () => Promise.reject(proxy))
    app.get('/middleware', { use: [() => Promise.reject(proxy)] }, () => 'a')
    const { request } = await serve(app)
    const paths = ['/at-once', '/later', '/middleware']
    for (const path of paths) expect((await request(path)).status).toBe(500)
    expect(takeErrors().map(({ message }) => message)).toEqual(paths.map(() => 'An error could not be told'))
  })

  it('does not stop the next request', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/bad', () => Promise.reject(new Error('boom')))
    app.get('/good', () => 'good')
    const { request } = await serve(app)
    expect((await request('/bad')).status).toBe(500)
    expect(await (await request('/good')).text()).toBe('good')
    expect(log.takeErrors()).toHaveLength(1)
  })
})

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

describeTransports('errors that no operation answers', (serve) => {
  it('pass through the middleware', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger, maxBodyBytes: 5 })
    app.use(async (_context, next) => {
      const answer = await next()
      answer.headers.set('x-app', answer.error instanceof HttpError ? (answer.error.code ?? 'none') : 'other')
    })
    const router = new Router({
      prefix: '/r',
      use: [
        async (_context, next) => {
          const answer = await next()
          answer.headers.set('x-router', 'yes')
        },
      ],
    })
    router.post('/', { body: z.object({}) }, () => 1)
    router.get('/boom', () => {
      throw new Error('boom')
    })
    app.include(router)
    const { request } = await serve(app)
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await request(path, init)
      await response.text()
      return [response.status, response.headers.get('x-app'), response.headers.get('x-router')]
    }
    expect(await ask('/nowhere')).toEqual([404, 'not_found', null])
    expect(await ask('/r', { method: 'PUT' })).toEqual([405, 'method_not_allowed', 'yes'])
    expect(await ask('/r', { method: 'OPTIONS' })).toEqual([204, 'other', 'yes'])
    expect(await ask('/r', { method: 'POST', body: 'x' })).toEqual([415, 'unsupported_media_type', 'yes'])
    const json = { 'content-type': 'application/json' }
    expect(await ask('/r', { method: 'POST', body: '123456', headers: json })).toEqual([413, 'body_too_large', 'yes'])
    expect(await ask('/r', { method: 'POST', body: '{', headers: json })).toEqual([400, 'malformed_json', 'yes'])
    expect(await ask('/r', { method: 'POST', body: '3', headers: json })).toEqual([422, 'invalid_input', 'yes'])
    expect(await ask('/r/boom')).toEqual([500, 'other', 'yes'])
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('keeps its status, detail and code, whatever further members say', async () => {
    const app = new App()
    const upstream = {
      status: 'error',
      detail: 'ours',
      code: 'ours',
      title: 'Out of credit',
      type: 'https://x.example/credit',
      rest: 1,
    }
    app.get('/', () => fail(502, 'The provider failed', { code: 'upstream', extra: upstream }))
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.status, await response.json()]).toEqual([
      502,
      {
        type: 'https://x.example/credit',
        title: 'Out of credit',
        status: 502,
        detail: 'The provider failed',
        code: 'upstream',
        rest: 1,
      },
    ])
  })
})
