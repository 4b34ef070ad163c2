import { App, cors, csrf, HttpError, reply, StartupError, sse } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const corsHeaders = (response: Response) =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control') || name === 'vary'))

function makeApp(options: Parameters<typeof cors>[0]) {
  const { logger, takeErrors } = recorder()
  const app = new App({ use: [cors(options)], logger })
  app.get('/', () => 'hello')
  app.post('/items', () => reply(201, 'made'))
  app.get('/broken', () => {
    throw new Error('broken')
  })
  app.get('/stream', { response: sse(z.number()) }, async function* () {
    yield 1
  })
  return { app, takeErrors }
}

const preflight = (headers: Record<string, string>) => ({
  method: 'OPTIONS',
  headers: { origin: 'https://app.example', 'access-control-request-method': 'POST', ...headers },
})

describeTransports('cors', (serve) => {
  it('lets every origin read, and varies by none', async () => {
    const { request } = await serve(makeApp({ origins: '*' }).app)
    const response = await request('/', { headers: { origin: 'https://any.example' } })
    expect(corsHeaders(response)).toEqual({ 'access-control-allow-origin': '*' })
  })

  it('names the origin and varies by it where only some are let in', async () => {
    const { request } = await serve(
      makeApp({ origins: ['https://app.example'], credentials: true, exposeHeaders: ['x-a', 'x-b'] }).app,
    )
    const known = await request('/', { headers: { origin: 'https://app.example' } })
    expect(corsHeaders(known)).toEqual({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-a, x-b',
      vary: 'Origin',
    })
    const stranger = await request('/', { headers: { origin: 'https://evil.example' } })
    expect([stranger.status, corsHeaders(stranger)]).toEqual([200, { vary: 'Origin' }])
    const none = await request('/')
    expect(corsHeaders(none)).toEqual({ vary: 'Origin' })
  })

  it('fits a pattern to the whole origin', async () => {
    const { request } = await serve(makeApp({ origins: [/https:\/\/[a-z]+\.app\.example/g] }).app)
    const allowed = async (origin: string) =>
      corsHeaders(await request('/', { headers: { origin } }))['access-control-allow-origin']
    expect(await allowed('https://one.app.example')).toBe('https://one.app.example')
    expect(await allowed('https://two.app.example')).toBe('https://two.app.example')
    expect(await allowed('https://one.app.example.evil.test')).toBeUndefined()
  })

  it('answers a preflight', async () => {
    const { request } = await serve(makeApp({ origins: '*', maxAgeSeconds: 60, privateNetwork: true }).app)
    const response = await request(
      '/items',
      preflight({ 'access-control-request-headers': 'x-one, x-two', 'access-control-request-private-network': 'true' }),
    )
    expect([response.status, await response.text(), corsHeaders(response)]).toEqual([
      204,
      '',
      {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE, QUERY',
        'access-control-allow-headers': 'x-one, x-two',
        'access-control-max-age': '60',
        'access-control-allow-private-network': 'true',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
      },
    ])
  })

  it('says what it refuses', async () => {
    const { app } = makeApp({ origins: ['https://app.example'], methods: ['GET', 'POST'], headers: ['X-One'] })
    const { request } = await serve(app)
    const refused = async (headers: Record<string, string>) => {
      const response = await request('/items', preflight(headers))
      const { code, detail } = (await response.json()) as { code: string; detail: string }
      return [response.status, code, detail, response.headers.get('access-control-allow-origin')]
    }
    expect(await refused({ origin: 'https://evil.example' })).toEqual([
      403,
      'origin_not_allowed',
      'The origin https://evil.example may not ask',
      null,
    ])
    expect(await refused({ 'access-control-request-method': 'DELETE' })).toEqual([
      403,
      'preflight_refused',
      'Other origins may not use DELETE',
      null,
    ])
    expect(await refused({ 'access-control-request-headers': 'x-one, x-two' })).toEqual([
      403,
      'preflight_refused',
      'Other origins may not send x-two',
      null,
    ])
    const fine = await request('/items', preflight({ 'access-control-request-headers': 'x-one' }))
    expect([fine.status, fine.headers.get('access-control-allow-headers')]).toEqual([204, 'X-One'])
  })

  it('leaves OPTIONS that is no preflight to the app', async () => {
    const { request } = await serve(makeApp({ origins: '*' }).app)
    const response = await request('/items', { method: 'OPTIONS' })
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'OPTIONS, POST'])
  })

  it('is on 404, 405, 500 and streams', async () => {
    const { app, takeErrors } = makeApp({ origins: '*' })
    const { request } = await serve(app)
    const read = async (path: string, method = 'GET') => {
      const response = await request(path, { method, headers: { origin: 'https://app.example' } })
      await response.text()
      return [response.status, response.headers.get('access-control-allow-origin')]
    }
    expect(await read('/nothing')).toEqual([404, '*'])
    expect(await read('/items', 'DELETE')).toEqual([405, '*'])
    expect(await read('/broken')).toEqual([500, '*'])
    expect(await read('/stream')).toEqual([200, '*'])
    expect(takeErrors()).toEqual([{ message: 'An error was not handled', error: 'broken' }])
  })

  it('does not let a thrown error lose its own vary', async () => {
    const app = new App({ use: [cors({ origins: ['https://app.example'] })] })
    app.get('/', () => {
      throw new HttpError(406, 'Nothing fits', { headers: { vary: 'Accept' } })
    })
    const { request } = await serve(app)
    expect((await request('/')).headers.get('vary')).toBe('Accept, Origin')
  })

  it('adds to what an answer varies by, in however many headers', async () => {
    const { app } = makeApp({ origins: ['https://app.example'] })
    app.get('/varied', ({ response }) => {
      response.headers.append('vary', 'Accept').append('vary', 'Accept-Language, origin')
      return 'varied'
    })
    const { request } = await serve(app)
    expect((await request('/varied')).headers.get('vary')).toBe('Accept, Accept-Language, origin')
    expect((await request('/')).headers.get('vary')).toBe('Origin')
  })
})

it('does not let every origin send credentials', () => {
  expect(() => cors({ origins: '*', credentials: true })).toThrow(
    expect.objectContaining({
      code: 'invalid_option',
      message: expect.stringContaining("cors() cannot let '*' send credentials"),
    }),
  )
})

it.each(['*', 'https://app.example/', 'https://App.example', 'https://app.example:443', 'app.example', 'tauri://a/b'])(
  'does not let in %s, which no browser sends as an origin',
  (origin) => {
    expect(() => cors({ origins: [origin] })).toThrow(
      new StartupError(
        'invalid_option',
        `cors() cannot let in '${origin}': an origin is such as https://app.example, and '*' for all stands alone`,
      ),
    )
  },
)

it('lets in origins with schemes of their own, and sandboxes', async () => {
  const origins = ['chrome-extension://abcdef', 'tauri://localhost', 'http://[::1]:8080', 'null']
  const app = new App({ use: [cors({ origins }), csrf({ trustedOrigins: origins.slice(0, 3) })] })
  app.post('/', () => 'done')
  app.ws('/socket', { origins }, () => undefined)
  for (const origin of origins) {
    const response = await app.request('/', { method: 'POST', headers: { origin } })
    expect([response.headers.get('access-control-allow-origin'), response.status]).toEqual([
      origin,
      origin === 'null' ? 403 : 200,
    ])
  }
  await app.stop()
})
