import { App, dependency, fail, HttpError, reply, sse } from 'millrace'
import { createTestClient, runCommand } from 'millrace/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { recorder } from './support/serve.ts'

function redirecting() {
  const app = new App({ logger: false })
  const to = (status: 301 | 302 | 303 | 307 | 308, path: string) => (app: App) =>
    app.post(path, () => new Response(null, { status, headers: { location: '/echo' } }))
  for (const status of [301, 302, 303, 307, 308] as const) to(status, `/${status}`)(app)
  const echo = async ({ request }: { readonly request: Request }) => ({
    method: request.method,
    body: await request.text(),
    type: request.headers.get('content-type'),
  })
  app.get('/echo', echo)
  app.post('/echo', echo)
  app.get('/chain', ({ response }) => {
    response.setCookie('seen', 'yes')
    return new Response(null, {
      status: 302,
      headers: { location: './chain/2?x#top', 'set-cookie': 'chain=1; Path=/' },
    })
  })
  app.get('/chain/2', ({ request }) => new Response(request.headers.get('cookie') ?? 'no cookie'))
  app.get('/loop', () => new Response(null, { status: 302, headers: { location: '/loop' } }))
  app.get('/away', () => new Response(null, { status: 302, headers: { location: 'https://other.example/' } }))
  return app
}

describe('redirects', () => {
  it.each([
    [301, 'GET', '', null],
    [302, 'GET', '', null],
    [303, 'GET', '', null],
    [307, 'POST', 'text', 'text/plain'],
    [308, 'POST', 'text', 'text/plain'],
  ])('%i is followed as fetch does', async (status, method, body, type) => {
    await using client = createTestClient(redirecting())
    const response = await client.request(`/${status}`, {
      method: 'POST',
      body: 'text',
      headers: { 'content-type': 'text/plain' },
    })
    expect(await response.json()).toEqual({ method, body, type })
    expect(client.history.map((one) => one.status)).toEqual([status])
  })

  it('carry cookies along, and are told', async () => {
    await using client = createTestClient(redirecting())
    expect(await (await client.request('/chain')).text()).toBe('chain=1; seen=yes')
    expect(client.history.map(({ headers }) => headers.get('location'))).toEqual(['./chain/2?x#top'])
    await client.request('/echo')
    expect(client.history).toEqual([])
  })

  it('are not followed for ever, to other hosts, or where they are not to be', async () => {
    const app = redirecting()
    await using client = createTestClient(app)
    await expect(client.request('/loop')).rejects.toThrow('redirects more than 20 times')
    expect((await client.request('/away')).status).toBe(302)
    await using manual = createTestClient(app.with(), { redirect: 'manual' })
    expect((await manual.request('/chain')).headers.get('location')).toBe('./chain/2?x#top')
  })
})

describe('errors that nobody has expected', () => {
  function broken() {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/broken', () => {
      throw new RangeError('no such table')
    })
    app.get('/500', () => fail(500, 'meant'))
    app.get('/503', () => fail(503))
    app.get('/nested', async () => {
      await Promise.resolve()
      throw new TypeError('late')
    })
    return { app, log }
  }

  it('are thrown by the call', async () => {
    const { app, log } = broken()
    await using client = createTestClient(app)
    const outcomes = await Promise.allSettled(
      ['/broken', '/500', '/503', '/nested'].map(async (path) => (await client.request(path)).status),
    )
    expect(outcomes).toEqual([
      { status: 'rejected', reason: new RangeError('no such table') },
      { status: 'fulfilled', value: 500 },
      { status: 'fulfilled', value: 503 },
      { status: 'rejected', reason: new TypeError('late') },
    ])
    expect(log.takeErrors()).toHaveLength(2)
  })

  it('are answered where they are to be', async () => {
    const { app, log } = broken()
    await using client = createTestClient(app, { raiseServerErrors: false })
    expect((await client.request('/broken')).status).toBe(500)
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'no such table' }])
  })

  it('are none where a handler expects them', async () => {
    const { app } = broken()
    app.onError(RangeError, () => reply(409, 'conflict'))
    await using client = createTestClient(app)
    expect(await (await client.request('/broken')).text()).toBe('conflict')
    expect(new HttpError(500)).toBeInstanceOf(Error)
  })
})

describe('cookies', () => {
  it('can be read, set and dropped', async () => {
    const app = new App({ logger: false })
    const all = z.looseObject({})
    app.get('/read', { cookies: all }, ({ cookies }) => cookies)
    app.get('/deep/read', { cookies: all }, ({ cookies }) => cookies)
    app.get(
      '/deep/set',
      () =>
        new Response(null, {
          headers: [
            ['set-cookie', 'near=1'],
            ['set-cookie', 'far=a%20b; Path=/; Max-Age=60'],
            ['set-cookie', 'gone=1; Path=/; Max-Age=0'],
          ],
        }),
    )
    await using client = createTestClient(app)
    await client.request('/deep/set')
    const read = async (path: string) => (await client.request(path)).json()
    expect([await read('/deep/read'), await read('/read')]).toEqual([{ near: '1', far: 'a b' }, { far: 'a b' }])
    client.cookies.set('own', 'x; y')
    expect([client.cookies.get('far'), client.cookies.get('own'), client.cookies.names()]).toEqual([
      'a b',
      'x; y',
      ['near', 'far', 'own'],
    ])
    client.cookies.delete('far')
    expect([await read('/read'), client.cookies.get('far')]).toEqual([{ own: 'x; y' }, undefined])
  })
})

describe('the work after answers', () => {
  it('is waited for on request: one after another, those that fail not in the way, from dependencies too', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const trace: string[] = []
    const gate = Promise.withResolvers<void>()
    const audit = dependency(async function* ({ after }) {
      after(() => trace.push('of the dependency'))
      yield 1
      trace.push('closed')
    })
    app.post('/', { deps: { audit } }, ({ after }) => {
      after(async () => {
        await gate.promise
        trace.push('first')
      })
      after(() => {
        throw new Error('second')
      })
      after(() => trace.push('third'))
    })
    await using client = createTestClient(app)
    expect((await client.request('/', { method: 'POST' })).status).toBe(204)
    const idle = client.idle().then(() => trace.push('idle'))
    gate.resolve()
    await idle
    expect(trace).toEqual(['of the dependency', 'first', 'third', 'closed', 'idle'])
    expect(log.takeErrors()).toEqual([{ message: 'Work after the answer failed', error: 'second' }])
  })

  it('of a stream comes after its end', async () => {
    const app = new App({ logger: false })
    const trace: string[] = []
    app.get('/', async function* ({ after }) {
      after(() => trace.push('work'))
      yield 1
      yield 2
      trace.push('end')
    })
    await using client = createTestClient(app)
    expect(await (await client.request('/')).text()).toBe('1\n2\n')
    await client.idle()
    expect(trace).toEqual(['end', 'work'])
  })
})

describe('what the client is given', () => {
  it('says where it comes from, as that of fetch does', async () => {
    await using client = createTestClient(redirecting())
    const direct = await client.request('/echo?x=1#top')
    expect([direct.url, direct.redirected]).toEqual(['http://localhost/echo?x=1', false])
    const redirected = await client.request('/303', { method: 'POST' })
    expect([redirected.url, redirected.redirected]).toEqual(['http://localhost/echo', true])
    expect(client.history.map(({ url, redirected }) => [url, redirected])).toEqual([['http://localhost/303', false]])
  })

  it.each([
    ['a stream of items', { response: sse(z.number()) }],
    ['a web stream', {}],
  ])('is cut by close where nobody reads it: %s', async (_name, spec) => {
    const trace: string[] = []
    const app = new App({ logger: false })
    const opened = dependency(function* () {
      yield 1
      trace.push('closed')
    })
    const items = async function* () {
      try {
        for (let item = 0; ; item++) yield item
      } finally {
        trace.push('ended')
      }
    }
    app.get('/', { ...spec, deps: { opened } }, () =>
      'response' in spec ? items() : new Response(new ReadableStream({ cancel: () => void trace.push('cancelled') })),
    )
    const client = createTestClient(app)
    expect((await client.request('/')).status).toBe(200)
    // The grace of a stop is longer than what a test may take.
    await client.close()
    expect(trace).toEqual(['response' in spec ? 'ended' : 'cancelled', 'closed'])
  })

  it('is read to its end where somebody does', async () => {
    const more = Promise.withResolvers<void>()
    const app = new App({ logger: false })
    app.get('/', { response: sse(z.number()) }, async function* () {
      yield 1
      await more.promise
      yield 2
    })
    const client = createTestClient(app)
    const text = (await client.request('/')).text()
    const closed = client.close()
    more.resolve()
    expect(await text).toBe('data: 1\n\ndata: 2\n\n')
    await closed
  })
})

describe('runCommand', () => {
  it('gives what a command prints and returns', async () => {
    const app = new App({ logger: false })
    const add = app.command(
      'add',
      { args: z.object({ one: z.int(), two: z.int() }), positional: ['one', 'two'] },
      ({ args, print }) => {
        print('adds')
        print(String(args.one + args.two))
        return args.one + args.two
      },
    )
    expect(await runCommand(app, add, ['1', '2'])).toEqual({ output: 'adds\n3\n', result: 3 })
    await expect(runCommand(app, add)).rejects.toThrow('one: is missing\ntwo: is missing')
    await app.stop()
  })
})

it('has the place that it is given', async () => {
  const app = new App({ logger: false })
  const here = app.get('/here', ({ urlFor }): string => urlFor(here, {}, { absolute: true }))
  await using client = createTestClient<{ here: typeof here }>(app, { baseUrl: 'https://shop.example' })
  expect(await client.get('/here')).toBe('https://shop.example/here')
})
