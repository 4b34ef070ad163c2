import { App } from 'millrace'
import { MemorySessionStore, type SessionsOptions, sessions } from 'millrace/sessions'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { recorder, serveFetch } from '../support/serve.ts'
import { appWith, Browser, secret } from '../support/sessionApp.ts'

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
