import { App, type AppOptions, httpsRedirect, StartupError, trustedHosts } from 'millrace'
import { expect, it } from 'vitest'
import { serveFetch, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

/** How the app answers one who asks for a host, as HTTP/1.1 has it on the wire. */
async function ask(options: AppOptions<{}>, host: string, target = '/items?a=b', headers = '') {
  const app = new App({ logger: false, ...options })
  app.get('/items', () => 'items')
  // It hands on hosts that the `net` transport refuses by itself.
  const { port, close } = await serveHttp(app, undefined, 'http')
  const socket = new RawSocket(port)
  await socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`)
  const answer = await socket.answer()
  await close()
  return answer
}

const hosts = ['api.example', '*.wheel.example', 'www.mill.example', '[::1]']

it.each(['api.example', 'API.example:8443', 'a.wheel.example', 'a.b.wheel.example', '[::1]:80'])(
  'answers those who ask for %s',
  async (host) => {
    expect(await ask({ use: [trustedHosts({ hosts })] }, host)).toMatchObject({ status: 200, body: 'items' })
  },
)

it.each([
  'wheel.example',
  'evilwheel.example',
  'api.example.evil.example',
  'evil.example',
  '127.0.0.1',
  '[::2]',
  // Each ends with a name that is trusted, and leads elsewhere in a URL.
  'evil.example/.wheel.example',
  'evil.example#.wheel.example',
  'evil.example?.wheel.example',
  'evil.example\\.wheel.example',
  'evil.example:80@a.wheel.example',
])('refuses those who ask for %s', async (host) => {
  const { status, body } = await ask({ use: [trustedHosts({ hosts })] }, host)
  expect([status, JSON.parse(body)]).toEqual([
    400,
    {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'This host is not served here',
      code: 'untrusted_host',
    },
  ])
})

it('refuses several hosts in one before any middleware sees them', async () => {
  const { status, body } = await ask({ use: [trustedHosts({ hosts })] }, 'evil.example, a.wheel.example')
  expect([status, JSON.parse(body)]).toMatchObject([400, { code: 'bad_request' }])
})

it('sends whoever leaves out www to the name with it, unless told not to', async () => {
  const answer = await ask({ use: [trustedHosts({ hosts })] }, 'mill.example:81')
  expect([answer.status, answer.headers['location']]).toEqual([307, 'http://www.mill.example:81/items?a=b'])
  const strict = trustedHosts({ hosts, wwwRedirect: false })
  expect((await ask({ use: [strict] }, 'mill.example')).status).toBe(400)
})

it('lets every name pass for *, and looks at what a trusted proxy says', async () => {
  expect((await ask({ use: [trustedHosts({ hosts: ['*'] })] }, 'any.example')).status).toBe(200)
  const behind = { use: [trustedHosts({ hosts })], trustProxy: 1 }
  expect((await ask(behind, 'inner:8000', '/items', 'X-Forwarded-Host: api.example\r\n')).status).toBe(200)
  expect((await ask(behind, 'api.example', '/items', 'X-Forwarded-Host: evil.example\r\n')).status).toBe(400)
})

it('knows the host of a web Request by its URL', async () => {
  const app = new App({ logger: false, use: [trustedHosts({ hosts: ['api.example'] })] })
  app.get('/', () => 'hello')
  await serveFetch(app)
  const statusOf = async (url: string) => (await app.fetch(new Request(url))).status
  expect([await statusOf('http://api.example:81/'), await statusOf('http://evil.example/')]).toEqual([200, 400])
})

it.each(['http://api.example', 'api.example:80', '*api.example', 'a b', ''])('refuses the pattern %j', (host) => {
  expect(() => trustedHosts({ hosts: [host] })).toThrow(
    new StartupError(
      'invalid_option',
      `trustedHosts() cannot use '${host}': give names without port, such as api.example or *.api.example`,
    ),
  )
})

it('sends whoever comes by http to https, with path and query', async () => {
  const answer = await ask({ use: [httpsRedirect()] }, 'api.example:8000')
  expect([answer.status, answer.headers['location'], answer.body]).toEqual([307, 'https://api.example/items?a=b', ''])
  const other = await ask({ use: [httpsRedirect({ status: 308, port: 8443 })] }, 'api.example')
  expect([other.status, other.headers['location']]).toEqual([308, 'https://api.example:8443/items?a=b'])
})

it('lets pass whoever came to a trusted proxy by https, and keeps the base path in the address', async () => {
  const options = { use: [httpsRedirect()], trustProxy: 1, basePath: '/api' }
  expect((await ask(options, 'inner', '/api/items', 'X-Forwarded-Proto: https\r\n')).body).toBe('items')
  const answer = await ask(options, 'api.example', '/api/items', 'X-Forwarded-Proto: http\r\n')
  expect(answer.headers['location']).toBe('https://api.example/api/items')
})

it('leads to the path that the client asked for, where a proxy has taken the start of it away', async () => {
  const headers = 'X-Forwarded-Proto: http\r\nX-Forwarded-Prefix: /api\r\n'
  const toHttps = await ask({ use: [httpsRedirect()], trustProxy: 1 }, 'api.example', '/items?a=b', headers)
  expect(toHttps.headers['location']).toBe('https://api.example/api/items?a=b')
  const toWww = await ask({ use: [trustedHosts({ hosts })], trustProxy: 1 }, 'mill.example', '/items', headers)
  expect(toWww.headers['location']).toBe('http://www.mill.example/api/items')
  const slashes = await ask({ use: [httpsRedirect()] }, 'api.example', '//evil.example/%2e')
  expect(slashes.headers['location']).toBe('https://api.example//evil.example/')
})

it('makes no address of a host that is none', async () => {
  expect((await ask({ use: [httpsRedirect()] }, 'a"b')).status).toBe(400)
})
