import { App, cors } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports, type Served, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

async function told({ request }: Served, path: string, init?: RequestInit): Promise<unknown[]> {
  const response = await request(path, { redirect: 'manual', ...init })
  return [response.status, response.headers.get('location'), await response.text()]
}

describeTransports('trailingSlash', (serve) => {
  function app(trailingSlash?: 'strict' | 'redirect307' | 'redirect308' | 'ignore'): App {
    const app = new App(trailingSlash ? { trailingSlash } : {})
    app.get('/bare', () => 'bare')
    app.get('/slashed/', () => 'slashed')
    app.get('/by/:id', ({ params }) => params.id)
    return app
  }

  it('is strict by default', async () => {
    const served = await serve(app())
    expect((await told(served, '/bare/'))[0]).toBe(404)
    expect((await told(served, '/slashed'))[0]).toBe(404)
  })

  it.each([
    ['redirect307', 307],
    ['redirect308', 308],
  ] as const)('redirects to the path that stands: %s', async (trailingSlash, status) => {
    const served = await serve(app(trailingSlash))
    expect(await told(served, '/bare/?a=%20&b=1')).toEqual([status, '/bare?a=%20&b=1', ''])
    expect(await told(served, '/slashed')).toEqual([status, '/slashed/', ''])
    expect(await told(served, '/by/a%2Fb/')).toEqual([status, '/by/a%2Fb', ''])
    expect(await told(served, '/slashed', { method: 'POST' })).toEqual([status, '/slashed/', ''])
    expect((await told(served, '/nothing/'))[0]).toBe(404)
    expect(await told(served, '/bare')).toEqual([200, null, 'bare'])
  })

  it('never redirects to another host', async () => {
    const open = new App({ trailingSlash: 'redirect307' })
    open.get('/:a/:b', () => 'two')
    const served = await serve(open)
    expect((await told(served, '//evil.example/'))[0]).toBe(404)
  })

  it('ignores the slash', async () => {
    const served = await serve(app('ignore'))
    expect(await told(served, '/bare/')).toEqual([200, null, 'bare'])
    expect(await told(served, '/slashed')).toEqual([200, null, 'slashed'])
    expect(await told(served, '/by/3/')).toEqual([200, null, '3'])
    expect((await told(served, '/bare/', { method: 'HEAD' }))[0]).toBe(200)
    // To another method it answers as without the slash.
    for (const path of ['/bare', '/bare/']) {
      const options = await served.request(path, { method: 'OPTIONS' })
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
      const post = await served.request(path, { method: 'POST' })
      expect([post.status, post.headers.get('allow'), ((await post.json()) as { detail: string }).detail]).toEqual([
        405,
        'GET, HEAD, OPTIONS',
        `${path} does not answer POST, only GET, HEAD, OPTIONS`,
      ])
    }
  })

  it('redirects under the path where a proxy puts the app, with its middleware', async () => {
    const behind = new App({ basePath: '/api', trailingSlash: 'redirect307' })
    behind.use(cors({ origins: ['https://app.example'] }))
    behind.get('/bare', () => 'bare')
    const { request } = await serve(behind)
    const response = await request('/api/bare/', { redirect: 'manual', headers: { origin: 'https://app.example' } })
    expect([
      response.status,
      response.headers.get('location'),
      response.headers.get('access-control-allow-origin'),
    ]).toEqual([307, '/api/bare', 'https://app.example'])
  })
})

it.each(['net', 'http'] as const)('redirects to no other host by a backslash (%s)', async (transport) => {
  const app = new App({ trailingSlash: 'redirect307', logger: false })
  app.get('/:page', () => 'page')
  const { port } = await serveHttp(app, undefined, transport)
  const socket = new RawSocket(port)
  await socket.write(rawRequest('GET', '/\\evil.example/'))
  const { status, headers } = await socket.answer()
  expect([status, headers['location']]).toEqual([307, '/%5Cevil.example'])
})
