import { App, reply, sse } from 'millrace'
import { MemorySessionStore, sessions } from 'millrace/sessions'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder, serveFetch } from '../support/serve.ts'
import { appWith, Browser, secret } from '../support/sessionApp.ts'

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
