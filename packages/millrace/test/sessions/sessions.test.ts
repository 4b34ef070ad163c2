import { setImmediate as turn } from 'node:timers/promises'
import { App, fail, type Logger, reply, StartupError, sse } from 'millrace'
import { MemorySessionStore, type SessionStore, type SessionsOptions, sessions } from 'millrace/sessions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder, type Served, serveFetch } from '../support/serve.ts'

const secret = 'a-secret-of-32-bytes-for-testing'
const shape = z.object({ userId: z.int(), name: z.string(), text: z.string() }).partial()

afterEach(() => {
  vi.useRealTimers()
})

/** A browser that keeps cookies, and shows what it was told to set. */
class Browser {
  readonly #served: Served
  #cookie: string | undefined

  constructor(served: Served, cookie?: string) {
    this.#served = served
    this.#cookie = cookie
  }

  get cookie(): string | undefined {
    return this.#cookie
  }

  async ask(path: string, method = 'GET') {
    const headers: Record<string, string> = this.#cookie === undefined ? {} : { cookie: this.#cookie }
    const response = await this.#served.request(path, { method, headers })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.#cookie = /Max-Age=0/.test(set) ? undefined : set.split(';')[0]
    const text = await response.text()
    return { status: response.status, set, vary: response.headers.get('vary'), text }
  }
}

function appWith(options: Partial<SessionsOptions> = {}, logger?: Logger) {
  const web = sessions({ secret, ...options, schema: shape })
  const app = new App({ use: [web], ...(logger ? { logger } : {}) })
  const deps = { session: web.session }
  app.get('/plain', () => 'plain')
  app.get('/me', { deps }, ({ session }) => ({ ...session.data, isNew: session.isNew }))
  app.post('/sign-in', { deps }, ({ session }) => {
    session.regenerate()
    session.set('userId', 3).set('name', 'Ada')
    return 'welcome'
  })
  app.post('/rename', { deps }, ({ session }) => session.set('name', 'Lovelace').get('name'))
  app.post('/forget-name', { deps }, ({ session }) => [
    session.delete('name'),
    session.delete('name'),
    session.has('name'),
  ])
  app.post('/sign-out', { deps }, ({ session }) => session.clear())
  app.post('/touch', { deps }, ({ session }) => session.touch())
  app.post('/flash', { deps }, ({ session }) => {
    session.flash('Saved')
    session.flash('Too large', 'error')
  })
  app.get('/flashed', { deps }, ({ session }) => session.flashed())
  app.post('/fail', { deps }, ({ session }) => {
    session.set('name', 'failed')
    fail(409, 'Taken')
  })
  app.post('/large', { deps }, ({ session }) => void session.set('text', 'x'.repeat(4000)))
  return { app, web }
}

describeTransports('sessions', (serve) => {
  it('remember a browser from request to request', async () => {
    const served = await serve(appWith().app)
    const browser = new Browser(served)
    expect(await browser.ask('/me')).toEqual({ status: 200, set: undefined, vary: 'Cookie', text: '{"isNew":true}' })
    const { set } = await browser.ask('/sign-in', 'POST')
    expect(set).toMatch(/^session=[\w-]+\.[\w-]+\.[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await browser.ask('/me')).toEqual({
      status: 200,
      set: undefined,
      vary: 'Cookie',
      text: '{"userId":3,"name":"Ada","isNew":false}',
    })
    expect((await browser.ask('/rename', 'POST')).text).toBe('Lovelace')
    expect((await browser.ask('/me')).text).toBe('{"userId":3,"name":"Lovelace","isNew":false}')
    expect((await browser.ask('/forget-name', 'POST')).text).toBe('[true,false,false]')
    expect((await browser.ask('/me')).text).toBe('{"userId":3,"isNew":false}')
  })

  it('cost nothing where nobody asks for one', async () => {
    const browser = new Browser(await serve(appWith().app), 'session=x')
    expect(await browser.ask('/plain')).toEqual({ status: 200, set: undefined, vary: null, text: 'plain' })
  })

  it('are forgotten when they are cleared', async () => {
    const browser = new Browser(await serve(appWith().app))
    // Nothing is there to be deleted.
    expect((await browser.ask('/sign-out', 'POST')).set).toBeUndefined()
    await browser.ask('/sign-in', 'POST')
    expect((await browser.ask('/sign-out', 'POST')).set).toBe(
      'session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    )
    expect((await browser.ask('/me')).text).toBe('{"isNew":true}')
  })

  it('tell each message once', async () => {
    const browser = new Browser(await serve(appWith().app))
    await browser.ask('/flash', 'POST')
    expect(JSON.parse((await browser.ask('/flashed')).text)).toEqual([
      { category: 'message', message: 'Saved' },
      { category: 'error', message: 'Too large' },
    ])
    expect((await browser.ask('/flashed')).text).toBe('[]')
  })

  it('are written with errors, too', async () => {
    const browser = new Browser(await serve(appWith().app))
    expect((await browser.ask('/fail', 'POST')).status).toBe(409)
    expect((await browser.ask('/me')).text).toBe('{"name":"failed","isNew":false}')
  })

  it.each<[string, (valid: string) => string]>([
    ['tampered with', (valid) => valid.replace(/^session=./, 'session=x')],
    ['not signed', (valid) => valid.split('.').slice(0, 2).join('.')],
    ['anything', () => 'session=%00%ff;;; session="'],
    ['empty', () => 'session='],
    ['very long', () => `session=${'x'.repeat(12_000)}`],
    ['of many cookies', () => Array.from({ length: 500 }, (_, index) => `c${index}=x`).join('; ')],
  ])('start anew where the cookie is %s', async (_name, cookieOf) => {
    const { app, web } = appWith()
    const valid = `session=${await web.encode({ userId: 3 })}`
    const browser = new Browser(await serve(app), cookieOf(valid))
    expect(await browser.ask('/me')).toEqual({ status: 200, set: undefined, vary: 'Cookie', text: '{"isNew":true}' })
  })

  it('are on the server where there is a store', async () => {
    const store = new MemorySessionStore()
    const { app, web } = appWith({ store })
    const browser = new Browser(await serve(app))
    await browser.ask('/sign-in', 'POST')
    const first = browser.cookie as string
    expect(first.length).toBeLessThan(200)
    expect(await web.decode(first.slice('session='.length))).toEqual({ userId: 3, name: 'Ada' })
    await browser.ask('/rename', 'POST')
    expect((await browser.ask('/me')).text).toBe('{"userId":3,"name":"Lovelace","isNew":false}')
    // Signing in once more gives another id, and the old one is worth nothing.
    const planted = browser.cookie as string
    await browser.ask('/sign-in', 'POST')
    expect(await web.decode(planted.slice('session='.length))).toBeUndefined()
    const last = browser.cookie as string
    await browser.ask('/sign-out', 'POST')
    expect(await web.decode(last.slice('session='.length))).toBeUndefined()
  })
})

it.each(['/sign-out', '/again'])('ended by %s stays so, though a request that began before writes it', async (end) => {
  const web = sessions({ secret, store: new MemorySessionStore(), rolling: true })
  const app = new App({ use: [web] })
  const deps = { session: web.session }
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  app.post('/sign-in', { deps }, ({ session }) => session.set('userId', 3).data)
  app.post('/again', { deps }, ({ session }) => session.regenerate())
  app.post('/sign-out', { deps }, ({ session }) => session.clear())
  app.get('/me', { deps }, ({ session }) => session.data)
  app.get('/slow', { deps }, async ({ session }) => {
    enter()
    await gate
    return session.data
  })
  const served = await serveFetch(app)
  const browser = new Browser(served)
  await browser.ask('/sign-in', 'POST')
  const old = new Browser(served, browser.cookie)
  const slow = old.ask('/slow')
  await entered
  await browser.ask(end, 'POST')
  open()
  // Nor is the cookie taken away, which may be another by now.
  expect(await slow).toMatchObject({ status: 200, text: '{"userId":3}', set: undefined })
  expect((await old.ask('/me')).text).toBe('{}')
})

describe('the cookie of a session', () => {
  it.each<[string, Partial<SessionsOptions>, string]>([
    [
      'its name and place',
      { cookie: { name: 'sid', path: '/app', domain: 'mill.example' } },
      'sid=…; Max-Age=1209600; Domain=mill.example; Path=/app; HttpOnly; SameSite=Lax',
    ],
    [
      'its kind',
      { cookie: { sameSite: 'strict', httpOnly: false, secure: true } },
      'session=…; Max-Age=1209600; Path=/; Secure; SameSite=Strict',
    ],
    [
      'other sites',
      { cookie: { sameSite: 'none', partitioned: true } },
      'session=…; Max-Age=1209600; Path=/; HttpOnly; Secure; Partitioned; SameSite=None',
    ],
    ['a time', { maxAgeSeconds: 60 }, 'session=…; Max-Age=60; Path=/; HttpOnly; SameSite=Lax'],
    ['a part of a second', { maxAgeSeconds: 0.5 }, 'session=…; Max-Age=1; Path=/; HttpOnly; SameSite=Lax'],
    [
      'all the time that browsers give',
      { maxAgeSeconds: Number.POSITIVE_INFINITY },
      'session=…; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax',
    ],
    ['no time', { persistent: false }, 'session=…; Path=/; HttpOnly; SameSite=Lax'],
    ['Flask', { format: 'flask' }, 'session=…; Path=/; HttpOnly; SameSite=Lax'],
    ['Starlette', { format: 'starlette' }, 'session=…; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax'],
  ])('is told %s', async (_what, options, expected) => {
    const browser = new Browser(await serveFetch(appWith(options).app))
    const { set } = await browser.ask('/sign-in', 'POST')
    expect(set?.replace(/=[^;]+/, '=…')).toBe(expected)
  })

  it.each([
    [{ name: 'a b' }, 'cookie of sessions(): argument name is invalid: a b'],
    [{ path: '/;x' }, 'cookie of sessions(): option path is invalid: /;x'],
    [{ domain: 'mill example' }, 'cookie of sessions(): option domain is invalid: mill example'],
  ])('has to be one that can be written: %j', (cookie, message) => {
    expect(() => sessions({ secret, cookie })).toThrow(new StartupError('invalid_option', message))
  })

  it('is for HTTPS where the request came over HTTPS', async () => {
    const response = await appWith().app.fetch(new Request('https://mill.example/sign-in', { method: 'POST' }))
    expect(response.headers.get('set-cookie')).toMatch(/; Secure;/)
  })

  it('of Flask stays as long as a permanent session does', async () => {
    const { app, web } = appWith({ format: 'flask' })
    const permanent = await web.encode({ _permanent: true } as never)
    const browser = new Browser(await serveFetch(app), `session=${permanent}`)
    expect((await browser.ask('/rename', 'POST')).set).toMatch(/; Max-Age=2678400;/)
  })

  it('is written anew with every use where it rolls, or where it is touched', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const rolling = new Browser(await serveFetch(appWith({ rolling: true }).app))
    const other = new Browser(await serveFetch(appWith().app))
    for (const browser of [rolling, other]) await browser.ask('/sign-in', 'POST')
    vi.setSystemTime(1000 * 86_400 * 10)
    expect((await rolling.ask('/me')).set).toBeDefined()
    expect((await other.ask('/me')).set).toBeUndefined()
    vi.setSystemTime(1000 * 86_400 * 20)
    expect((await rolling.ask('/me')).text).toContain('Ada')
    expect((await other.ask('/me')).text).toBe('{"isNew":true}')
    await other.ask('/sign-in', 'POST')
    expect((await other.ask('/touch', 'POST')).set).toBeDefined()
  })

  it('is signed by the newest secret and read by all', async () => {
    const old = 'the-old-secret-of-32-bytes-or-so'
    const cookie = await sessions({ secret: old }).encode({ userId: 3 })
    const rotated = appWith({ secret: [secret, old] })
    const browser = new Browser(await serveFetch(rotated.app), `session=${cookie}`)
    expect((await browser.ask('/rename', 'POST')).set).toBeDefined()
    expect(await sessions({ secret }).decode(browser.cookie?.slice(8) as string)).toEqual({
      userId: 3,
      name: 'Lovelace',
    })
  })

  it('that is too large for browsers is warned of, without what it holds', async () => {
    const warnings: unknown[] = []
    const log = recorder()
    const logger: Logger = { ...log.logger, warn: (message, fields) => void warnings.push([message, fields]) }
    const browser = new Browser(await serveFetch(appWith({}, logger).app))
    await browser.ask('/large', 'POST')
    expect(warnings).toEqual([
      [
        'The cookie of a session is larger than browsers keep: put less into it, or use a store',
        { request: expect.any(String), cookie: 'session', bytes: expect.any(Number) },
      ],
    ])
    expect(JSON.stringify(warnings)).not.toContain('xxx')
  })
})

describe('what a session holds', () => {
  it('is typed by a schema, and is nothing where it does not fit', async () => {
    const { app, web } = appWith()
    const wrong = await web.encode({ userId: 'three' } as never)
    const browser = new Browser(await serveFetch(app), `session=${wrong}`)
    expect((await browser.ask('/me')).text).toBe('{"isNew":true}')
  })

  it('keeps what the schema does not know', async () => {
    const web = sessions({ secret, schema: z.object({ count: z.coerce.number() }) })
    const app = new App({ use: [web] })
    app.get(
      '/',
      { deps: { session: web.session } },
      ({ session }) => void session.set('count', (session.get('count') ?? 0) + 1),
    )
    const browser = new Browser(
      await serveFetch(app),
      `session=${await web.encode({ count: '2', _user_id: 'x' } as never)}`,
    )
    await browser.ask('/')
    expect(await web.decode(browser.cookie?.slice(8) as string)).toEqual({ count: 3, _user_id: 'x' })
  })

  it('has to fit its schema when it is written', async () => {
    const web = sessions({ secret, schema: z.object({ user: z.object({ name: z.string(), age: z.number() }) }) })
    const log = recorder()
    const app = new App({ use: [web], logger: log.logger })
    app.get('/', { deps: { session: web.session } }, ({ session }) => {
      session.set('user', { name: 'hunter2' } as never)
      session.flash('Hello')
    })
    const { status, set } = await new Browser(await serveFetch(app)).ask('/')
    expect([status, set]).toEqual([500, undefined])
    expect(log.takeErrors()).toEqual([
      {
        message: 'An error was not handled',
        error:
          'The session does not fit its schema (user.age): it would be empty at the next request. Keys that are not always there are optional',
      },
    ])
  })

  it('is checked as it will be read, which makes a text of a date, but for Flask', async () => {
    const schema = z.object({ since: z.date() })
    const log = recorder()
    const statuses = async (options: Partial<SessionsOptions>) => {
      const web = sessions({ secret, ...options, schema })
      const app = new App({ use: [web], logger: log.logger })
      app.get('/', { deps: { session: web.session } }, ({ session }) => session.set('since', new Date(0)).has('since'))
      return (await serveFetch(app)).request('/').then(({ status }) => status)
    }
    expect([await statuses({}), await statuses({ store: new MemorySessionStore() })]).toEqual([500, 500])
    expect(await statuses({ format: 'flask' })).toBe(200)
    expect(log.takeErrors()).toHaveLength(2)
  })

  it('may be checked by a schema that takes its time', async () => {
    const web = sessions({ secret, schema: z.object({ user: z.string().refine(async (name) => name !== 'eve') }) })
    const app = new App({ use: [web] })
    app.get('/', { deps: { session: web.session } }, ({ session }) => session.get('user') ?? 'nobody')
    const served = await serveFetch(app)
    const ask = async (user: string) =>
      (await new Browser(served, `session=${await web.encode({ user })}`).ask('/')).text
    expect([await ask('ada'), await ask('eve')]).toEqual(['ada', 'nobody'])
  })
})

describe('sessions in use', () => {
  it('have to be among the middleware', async () => {
    const web = sessions({ secret })
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { deps: { session: web.session } }, () => 'hello')
    expect((await (await serveFetch(app)).request('/')).status).toBe(500)
    expect(log.takeErrors()).toEqual([
      {
        message: 'An error was not handled',
        error: 'A session is asked for where no sessions() are in use: app.use() them',
      },
    ])
  })

  it('cannot be changed once the answer has begun', async () => {
    const web = sessions({ secret })
    const log = recorder()
    const app = new App({ use: [web], logger: log.logger })
    app.get('/', { deps: { session: web.session }, response: sse(z.number()) }, async function* ({ session }) {
      session.set('before', 1)
      yield 1
      session.set('after', 2)
    })
    const { request } = await serveFetch(app)
    const response = await request('/')
    expect(await web.decode(response.headers.get('set-cookie')?.split(/[=;]/)[1] as string)).toEqual({ before: 1 })
    expect(await response.text()).toContain('event: error')
    expect(log.takeErrors()).toEqual([
      { message: expect.any(String), error: 'The session was changed after the answer had begun: change it before' },
    ])
  })

  it('of two names stand side by side', async () => {
    const web = sessions({ secret })
    const admin = sessions({ secret, cookie: { name: 'admin' } })
    const app = new App({ use: [web, admin] })
    app.post('/', { deps: { a: web.session, b: admin.session } }, ({ a, b }) => {
      a.set('is', 'web')
      b.set('is', 'admin')
    })
    const response = await (await serveFetch(app)).request('/', { method: 'POST' })
    const names = response.headers.getSetCookie().map((header) => header.split('=')[0])
    expect(names.toSorted()).toEqual(['admin', 'session'])
  })

  it('may be given by a test', async () => {
    const { app, web } = appWith()
    const browser = new Browser(await serveFetch(app), `session=${await web.encode({ userId: 7 })}`)
    expect((await browser.ask('/me')).text).toBe('{"userId":7,"isNew":false}')
  })

  it('leave no secret in the log', async () => {
    const lines: string[] = []
    const note = (message: string, fields?: object) => void lines.push(message + JSON.stringify(fields))
    const { app } = appWith({}, { debug: note, info: note, warn: note, error: note })
    const served = await serveFetch(app)
    const browser = new Browser(served)
    for (const path of ['/sign-in', '/large', '/fail', '/flash', '/sign-out']) await browser.ask(path, 'POST')
    // One for each cookie that is too large.
    expect(lines).toHaveLength(3)
    expect(lines.join('\n')).not.toMatch(/Ada|xxx|a-secret/)
  })
})

describe('a store', () => {
  it('that fails answers 500, and nothing is set', async () => {
    const log = recorder()
    const store: SessionStore = {
      get: () => undefined,
      set: async () => {
        await turn()
        throw new Error('The store is down')
      },
      delete: () => undefined,
    }
    const browser = new Browser(await serveFetch(appWith({ store }, log.logger).app))
    const { status, set } = await browser.ask('/sign-in', 'POST')
    expect([status, set]).toEqual([500, undefined])
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'The store is down' }])
  })

  it('in memory forgets what is old, and the oldest of too many', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const store = new MemorySessionStore({ maxSessions: 2 })
    const data = { list: [1] }
    store.set('a', data, 10)
    data.list.push(2)
    expect(store.get('a')).toEqual({ list: [1] })
    vi.setSystemTime(10_000)
    expect(store.get('a')).toBeUndefined()
    for (const id of ['b', 'c', 'b', 'd']) store.set(id, { id }, 10)
    expect([store.get('b'), store.get('c'), store.get('d')]).toEqual([{ id: 'b' }, undefined, { id: 'd' }])
    store.delete('b')
    expect(store.get('b')).toBeUndefined()
  })

  it('takes no session that was kept in a cookie for the id of one', async () => {
    const store = new MemorySessionStore()
    store.set('known', { userId: 1 }, 60)
    const cookie = await sessions({ secret }).encode({ id: 'known' })
    expect(await sessions({ secret, store }).decode(cookie)).toBeUndefined()
  })

  it('does not go with a cookie of Python', () => {
    expect(() => sessions({ secret, format: 'flask', store: new MemorySessionStore() })).toThrow(
      'With a store the cookie is no cookie of flask: leave out one of them',
    )
  })
})

it('answers with a reply and a session', async () => {
  const web = sessions({ secret })
  const app = new App({ use: [web] })
  app.post('/', { deps: { session: web.session } }, ({ session }) => {
    session.set('a', 1)
    return reply(201, { done: true })
  })
  const response = await (await serveFetch(app)).request('/', { method: 'POST' })
  expect([response.status, response.headers.has('set-cookie')]).toEqual([201, true])
})
