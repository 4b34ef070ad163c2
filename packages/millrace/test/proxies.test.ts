import { App, type AppOptions, Router, StartupError } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports, serveHttp } from './support/serve.ts'

function makeApp(options: AppOptions<{}>) {
  const app = new App({ logger: false, ...options })
  const tell = ({ request }: { request: Request }) => new URL(request.url).href
  app.get('/url', tell)
  app.get('/seen', () => 'seen')
  return app
}

/** What the app believes of a request. */
async function seen(options: AppOptions<{}>, headers: Record<string, string>) {
  let found: unknown
  const app = makeApp({
    ...options,
    use: [
      ({ clientAddress, scheme, host, basePath }) => {
        found = { clientAddress, scheme, host, basePath }
        return new Response('seen')
      },
    ],
  })
  const { request, close } = await serveHttp(app)
  await request('/seen', { headers })
  await close()
  return found
}

const told = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'api.example',
  'x-forwarded-prefix': '/api/',
}

it('believes nobody by default', async () => {
  expect(await seen({}, told)).toEqual({
    clientAddress: '127.0.0.1',
    scheme: 'http',
    host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    basePath: '',
  })
})

it('counts proxies from the nearest', async () => {
  expect(await seen({ trustProxy: 1 }, told)).toEqual({
    clientAddress: '198.51.100.2',
    scheme: 'https',
    host: 'api.example',
    basePath: '/api',
  })
  expect(await seen({ trustProxy: 2 }, told)).toMatchObject({ clientAddress: '203.0.113.7' })
  expect(await seen({ trustProxy: 9 }, told)).toMatchObject({ clientAddress: '203.0.113.7' })
})

it('believes named proxies, and the first address that is none is the client', async () => {
  expect(await seen({ trustProxy: ['loopback'] }, told)).toMatchObject({
    clientAddress: '198.51.100.2',
    scheme: 'https',
  })
  expect(await seen({ trustProxy: ['127.0.0.1', '198.51.100.0/24'] }, told)).toMatchObject({
    clientAddress: '203.0.113.7',
  })
  expect(await seen({ trustProxy: ['10.0.0.0/8'] }, told)).toMatchObject({ clientAddress: '127.0.0.1', scheme: 'http' })
})

it('takes what its proxy appended to a list, not what the client had put there', async () => {
  expect(
    await seen(
      { trustProxy: 1 },
      { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'evil.example, api.example' },
    ),
  ).toMatchObject({ scheme: 'http', host: 'api.example' })
})

it.each([
  ['198.51.100.2:4711', '198.51.100.2'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['unknown', '127.0.0.1'],
  ['', '127.0.0.1'],
  ['<script>', '127.0.0.1'],
])('reads the address %j as %j', async (value, clientAddress) => {
  expect(await seen({ trustProxy: 1 }, { 'x-forwarded-for': value })).toMatchObject({ clientAddress })
})

it.each([
  ['x-forwarded-proto', 'javascript', { scheme: 'http' }],
  ['x-forwarded-prefix', '//evil.example', { basePath: '' }],
  ['x-forwarded-prefix', '/a b', { basePath: '' }],
  ['x-forwarded-prefix', `/a${'/'.repeat(8_000)}b`, { basePath: '' }],
  ['x-forwarded-prefix', '/', { basePath: '' }],
])('does not believe %s: %s', async (name, value, expected) => {
  expect(await seen({ trustProxy: 1 }, { [name]: value })).toMatchObject(expected)
})

it.each([
  [{ trustProxy: 0 }, 'trustProxy has to be the number of proxies, from 1, not 0'],
  [
    { trustProxy: ['10.0.0.0/33'] },
    "trustProxy names '10.0.0.0/33': give addresses, networks such as 10.0.0.0/8, or loopback, private, unix",
  ],
  [
    { trustProxy: ['everyone'] },
    "trustProxy names 'everyone': give addresses, networks such as 10.0.0.0/8, or loopback, private, unix",
  ],
  [{ basePath: 'api' }, "basePath 'api' must start with '/' and not end with it"],
  [{ basePath: '/api/' }, "basePath '/api/' must start with '/' and not end with it"],
  [{ basePath: '//api' }, "basePath '//api' must start with '/' and not end with it"],
])('refuses the options %j', (options, message) => {
  expect(() => new App(options)).toThrow(new StartupError('invalid_option', message))
})

describeTransports('base path', (serve) => {
  it('answers with it and without it', async () => {
    const app = makeApp({ basePath: '/api/v1' })
    app.get('/', () => 'root')
    app.get('/items/:id', ({ params }) => params.id)
    const { request } = await serve(app)
    const texts = await Promise.all(
      ['/api/v1/items/3?q=1', '/items/3', '/api/v1', '/api/v1/', '/'].map(async (path) => (await request(path)).text()),
    )
    expect(texts).toEqual(['3', '3', 'root', 'root', 'root'])
    expect((await request('/api/v10/items/3')).status).toBe(404)
  })

  it('stands first among the servers of the document, unless it shall not', async () => {
    const servers = [{ url: 'https://api.example' }]
    const documented = async (options: AppOptions<{}>) => {
      const app = makeApp(options)
      const { request } = await serve(app)
      const answers = ['/openapi.json', `${options.basePath}/openapi.json`].map(
        async (path) => ((await (await request(path)).json()) as { servers?: unknown }).servers,
      )
      const [direct, below] = await Promise.all(answers)
      expect([direct, below]).toEqual([app.openapi()['servers'], app.openapi()['servers']])
      return direct
    }
    expect(await documented({ basePath: '/api', servers })).toEqual([{ url: '/api' }, ...servers])
    expect(await documented({ basePath: '/api' })).toEqual([{ url: '/api' }])
    expect(await documented({ basePath: '/api', servers, basePathInServers: false })).toEqual(servers)
  })

  it('gives what is mounted the rest of the path, and its query', async () => {
    const app = makeApp({ basePath: '/api' })
    const router = new Router({ prefix: '/inner' })
    router.mount('/web', (request) => new Response(new URL(request.url).pathname + new URL(request.url).search))
    app.include(router)
    const { request } = await serve(app)
    expect(await (await request('/api/inner/web/a/b?c=d')).text()).toBe('/a/b?c=d')
  })

  it('makes the URL of a request of what a trusted proxy says', async () => {
    const { request } = await serve(makeApp({ trustProxy: 1, basePath: '/api' }))
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example' }
    expect(await (await request('/api/url?a=1', { headers })).text()).toBe('https://api.example/api/url?a=1')
  })

  it('refuses a forwarded host that is none', async () => {
    const { request } = await serve(makeApp({ trustProxy: 1 }))
    const response = await request('/url', { headers: { 'x-forwarded-host': 'a b' } })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'bad_request'])
  })
})
