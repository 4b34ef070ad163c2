import { App, dependency, Router, StartupError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('overrides', (serve) => {
  it('of app dependencies are applied once', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((label) => dependency({ scope: 'app', label }, () => label))
    const deps = { a: a as NonNullable<typeof a>, b: b as NonNullable<typeof b> }
    const ab = dependency({ scope: 'app', deps }, (context) => context.a + context.b)
    const app = new App()
    app.get('/', { deps: { ...deps, ab } }, (context) => [context.a, context.b, context.ab])
    const swapped = app.with({
      overrides: [
        [deps.a, deps.b],
        [deps.b, c as NonNullable<typeof c>],
      ],
    })
    const { request } = await serve(swapped)
    expect(await (await request('/')).json()).toEqual(['b', 'c', 'bc'])
  })

  it('make copies of apps that are mounted in routers, which share no life with the app', async () => {
    const who = dependency({ label: 'who' }, () => 'real')
    const inner = new App()
    inner.get('/', { deps: { who } }, (context) => context.who)
    const router = new Router({ prefix: '/r' })
    const app = new App().include(new Router().include(router))
    const copy = app.with({ overrides: [[who, () => 'fake']] })
    router.mount('/m', inner)
    const { request } = await serve(copy)
    expect(await (await request('/r/m/')).text()).toBe('fake')
    expect(await (await app.request('/r/m/')).text()).toBe('real')
    await copy.stop()
    expect(await (await app.request('/r/m/')).text()).toBe('real')
    await app.stop()
  })

  it('make a copy that has what its routers are given later', async () => {
    const router = new Router()
    router.get('/first', () => 1)
    const app = new App().include(router)
    const copy = app.with({})
    const { request } = await serve(copy)
    expect(await (await request('/first')).json()).toBe(1)
    router.get('/second', () => 2)
    expect(await (await request('/second')).json()).toBe(2)
  })

  it('replace a dependency by a function, a generator or another dependency', async () => {
    const trace: string[] = []
    const real = dependency((): string => {
      throw new Error('the real one')
    })
    const user = dependency({ deps: { real } }, (context) => `user of ${context.real}`)
    const make = () => {
      const app = new App()
      app.get('/', { deps: { user } }, (context) => context.user)
      return app
    }
    const text = async (app: App) => (await (await serve(app)).request('/')).text()
    expect(await text(make().override(real, () => 'function'))).toBe('user of function')
    expect(await text(make().override(real, async () => 'promise'))).toBe('user of promise')
    expect(
      await text(
        make().override(real, async function* () {
          trace.push('opens')
          yield 'generator'
          trace.push('closes')
        }),
      ),
    ).toBe('user of generator')
    expect(
      await text(
        make().override(
          real,
          dependency(() => 'another'),
        ),
      ),
    ).toBe('user of another')
    expect(await text(make().override(user, () => 'user'))).toBe('user')
  })

  it('bring their own inputs, and those of the replaced one are gone', async () => {
    const real = dependency({ headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => headers['x-token'])
    const fake = dependency({ query: z.object({ as: z.string() }) }, ({ query }) => query.as)
    const app = new App()
    app.get('/', { deps: { user: real } }, ({ user }) => user)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(422)
    app.override(real, fake)
    expect(await (await request('/?as=ada')).text()).toBe('ada')
    expect(await (await request('/')).json()).toMatchObject({ errors: [{ in: 'query', path: ['as'] }] })
  })

  it('of app-scoped ones take their scope', async () => {
    const trace: string[] = []
    const pool = dependency({ scope: 'app' }, (): string => {
      throw new Error('the real one')
    })
    const app = new App()
    app.get('/', { deps: { pool } }, (context) => context.pool)
    app.override(pool, function* () {
      trace.push('opens')
      yield 'fake'
      trace.push('closes')
    })
    const { request, close } = await serve(app)
    expect(await (await request('/')).text()).toBe('fake')
    expect(await (await request('/')).text()).toBe('fake')
    await close()
    expect(trace).toEqual(['opens', 'closes'])
  })

  it('with() makes a copy, and leaves the app and other copies as they are', async () => {
    const value = dependency(() => 'real')
    const app = new App()
    app.get('/', { deps: { value } }, (context) => context.value)
    const copies = ['a', 'b'].map((name) => app.with({ overrides: [[value, () => name]] }))
    const answers = [app, ...copies].map(async (one) => (await (await serve(one)).request('/')).text())
    expect(await Promise.all(answers)).toEqual(['real', 'a', 'b'])
  })

  it('what is added to a copy is not added to the app', async () => {
    const app = new App()
    app.get('/', () => 'root')
    const copy = app.with({ overrides: [] })
    copy.use(async (_context, next) => void (await next()).headers.set('x-copy', '1'))
    copy.onError(404, () => 'copy')
    copy.get('/more', () => 'more')
    const lives: string[] = []
    copy.lifespan(function* () {
      lives.push('copy')
      yield
    })
    const [original, copied] = [await serve(app), await serve(copy)]
    expect((await original.request('/')).headers.get('x-copy')).toBe(null)
    expect((await original.request('/more')).status).toBe(404)
    expect(await (await original.request('/no')).json()).toMatchObject({ status: 404 })
    expect((await copied.request('/')).headers.get('x-copy')).toBe('1')
    expect(await (await copied.request('/more')).text()).toBe('more')
    expect(await (await copied.request('/no')).text()).toBe('copy')
    expect(lives).toEqual(['copy'])
  })

  it('copies add to the overrides of what they are copied from', async () => {
    const one = dependency(() => '1')
    const two = dependency(() => '2')
    const app = new App()
    app.get('/', { deps: { one, two } }, (context) => context.one + context.two)
    const first = app.with({ overrides: [[one, () => 'x']] })
    const second = first.with({ overrides: [[two, () => 'y']] })
    const text = async (which: App) => (await (await serve(which)).request('/')).text()
    expect([await text(app), await text(first), await text(second)]).toEqual(['12', 'x2', 'xy'])
  })

  it('reach the Millrace apps that are mounted in a copy', async () => {
    const value = dependency(() => 'real')
    const child = new App()
    child.get('/', { deps: { value } }, (context) => context.value)
    const app = new App()
    app.mount('/child', child)
    const copy = app.with({ overrides: [[value, () => 'fake']] })
    const text = async (which: App) => (await (await serve(which)).request('/child')).text()
    expect([await text(copy), await text(app)]).toEqual(['fake', 'real'])
  })
})

describe('overrides that come too late', () => {
  it('of app-scoped dependencies are refused once the app has started', async () => {
    const pool = dependency({ scope: 'app', label: 'pool' }, () => 'pool')
    const app = new App()
    app.get('/', { deps: { pool } }, (context) => context.pool)
    await app.start()
    expect(() => app.override(pool, () => 'late')).toThrow(
      new StartupError('app_started', "'pool' (scope app) is open: override it before the app starts"),
    )
    await app.stop()
  })
})
