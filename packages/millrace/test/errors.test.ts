import { App, fail, HttpError, Router } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

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
