import { App, dependency, fail, redirect } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('redirect()', (serve) => {
  const locationOf = async (url: string | URL) => {
    const app = new App()
    app.get('/', () => redirect(url))
    const { request } = await serve(app)
    const { status, headers } = await request('/', { redirect: 'manual' })
    return [status, headers.get('location'), headers.get('x-forged')]
  }

  it.each<[string | URL, string]>([
    ['/there?a=1&b=%20#part', '/there?a=1&b=%20#part'],
    ['https://example.com/a/b', 'https://example.com/a/b'],
    [new URL('https://example.com/ä'), 'https://example.com/%C3%A4'],
    ['http://[::1]:8000/', 'http://[::1]:8000/'],
    ['../up', '../up'],
    ['', ''],
    ['/grün/mühle 1', '/gr%C3%BCn/m%C3%BChle%201'],
    ['/a"b<c>\\^`{|}', '/a%22b%3Cc%3E%5C%5E%60%7B%7C%7D'],
    ['/a\r\nx-forged: 1', '/a%0D%0Ax-forged:%201'],
    ['/a\n\0\t', '/a%0A%00%09'],
    ['/\ud800', '/%EF%BF%BD'],
  ])('%j', async (url, location) => {
    expect(await locationOf(url)).toEqual([307, location, null])
  })

  it('takes a status, and what the handler adds', async () => {
    const app = new App()
    for (const status of [301, 302, 303, 307, 308] as const)
      app.get(`/${status}`, { response: z.string(), status: 201 }, ({ response }) => {
        response.setCookie('seen', '1')
        return redirect('/there', status)
      })
    const { request } = await serve(app)
    for (const status of [301, 302, 303, 307, 308]) {
      const response = await request(`/${status}`, { redirect: 'manual' })
      expect([response.status, response.headers.getSetCookie(), await response.text()]).toEqual([
        status,
        ['seen=1; Path=/; HttpOnly; SameSite=Lax'],
        '',
      ])
    }
  })
})

it('a redirect is described without content', () => {
  const app = new App()
  app.get('/', { status: 307 }, () => redirect('/there'))
  expect(app.openapi().paths?.['/']).toMatchObject({ get: { responses: { 307: { description: 'Redirection' } } } })
  expect(JSON.stringify(app.openapi().paths)).not.toContain('*/*')
})

describeTransports('a redirect that is thrown', (serve) => {
  it('by a guard is answered in place of the operation, what is open rolled back', async () => {
    const trace: unknown[] = []
    const logged: unknown[] = []
    const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void logged.push(text) }
    const app = new App({ logger: log })
    app.on('error', ({ error }) => logged.push(error))
    app.onError(500, () => 'handled')
    const opened = dependency(function* () {
      try {
        yield 1
      } catch (error) {
        trace.push((error as { status: number }).status)
        throw error
      }
    })
    const user = dependency({ guard: true, deps: { opened } }, ({ after }) => {
      after(() => trace.push('work'))
      throw redirect('/sign-in', 303)
    })
    app.get('/', { deps: { user } }, () => trace.push('handler'))
    const { request } = await serve(app)
    const { status, headers } = await request('/', { redirect: 'manual' })
    expect([status, headers.get('location')]).toEqual([303, '/sign-in'])
    await app.idle()
    expect([trace, logged]).toEqual([[303], []])
  })

  it('by a handler, middleware or an error handler is answered, a whole Response too', async () => {
    const app = new App({ logger: false })
    app.get('/handler', () => {
      throw new Response('elsewhere', { status: 302, headers: { location: '/a' } })
    })
    const layer = () => {
      throw redirect('/b', 307)
    }
    app.get('/middleware', { use: [layer] }, () => 1)
    app.get('/error', () => fail(404))
    app.onError(404, () => {
      throw redirect('/c', 308)
    })
    const { request } = await serve(app)
    const seen = []
    for (const path of ['/handler', '/middleware', '/error', '/nowhere']) {
      const response = await request(path, { redirect: 'manual' })
      seen.push([response.status, response.headers.get('location'), await response.text()])
    }
    expect(seen).toEqual([
      [302, '/a', 'elsewhere'],
      [307, '/b', ''],
      [308, '/c', ''],
      [308, '/c', ''],
    ])
  })
})
