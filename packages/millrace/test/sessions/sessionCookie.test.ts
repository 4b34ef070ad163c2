import { type Logger, StartupError } from 'millrace'
import { type SessionsOptions, sessions } from 'millrace/sessions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recorder, serveFetch } from '../support/serve.ts'
import { appWith, Browser, secret } from '../support/sessionApp.ts'

afterEach(() => {
  vi.useRealTimers()
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
