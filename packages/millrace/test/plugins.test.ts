import { App, dependency, fail, HttpError, type Plugin, plugin, reply } from 'millrace'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

interface GreetingOptions {
  readonly path?: string
  readonly words: readonly string[]
}

const greeting = plugin({ name: 'greeting' }, (app, { path = '/greet', words }: GreetingOptions) => {
  const greeted = { count: 0 }
  app.get(path, () => words[greeted.count++ % words.length] as string)
  return greeted
})

describeTransports('a plugin', (serve) => {
  it('adds whatever an app can have, and gives what it makes', async () => {
    const trace: string[] = []
    const everything = plugin({ name: 'everything' }, (app) => {
      app.lifespan(function* () {
        trace.push('opens')
        yield
        trace.push('closes')
      })
      app.use(async (_context, next) => void (await next()).headers.set('x-plugin', 'yes'))
      app.onError(HttpError, ({ status }) => reply(status, 'handled by the plugin'))
      app.on('start', () => trace.push('start'))
      const apart = app.router({
        prefix: '/apart',
        use: [async (_c, next) => void (await next()).headers.set('x-apart', '1')],
      })
      apart.get('/', () => 'apart')
      return { user: dependency(() => 'ada') }
    })
    const app = new App()
    const { user } = app.register(everything)
    app.get('/', { deps: { user } }, ({ user }) => user)
    app.get('/fails', () => fail(409))
    const { request, close } = await serve(app)
    const read = async (path: string) => {
      const { headers, status, ...response } = await request(path).then(async (one) => ({
        headers: one.headers,
        status: one.status,
        text: await one.text(),
      }))
      return [status, headers.get('x-plugin'), headers.get('x-apart'), response.text]
    }
    expect(await read('/')).toEqual([200, 'yes', null, 'ada'])
    expect(await read('/apart')).toEqual([200, 'yes', '1', 'apart'])
    expect(await read('/fails')).toEqual([409, 'yes', null, 'handled by the plugin'])
    await close()
    expect(trace).toEqual(['opens', 'start', 'closes'])
  })

  it('has options of its own', async () => {
    const app = new App()
    const greeted = app.register(greeting, { words: ['hi', 'hello'] })
    const { request } = await serve(app)
    expect([await (await request('/greet')).text(), await (await request('/greet')).text()]).toEqual(['hi', 'hello'])
    expect(greeted.count).toBe(2)
  })
})

describe('plugins', () => {
  it('are registered once', () => {
    const app = new App()
    app.register(greeting, { words: ['hi'] })
    expect(app.hasPlugin('greeting')).toBe(true)
    expect(() => app.register(greeting, { words: ['hello'] })).toThrow(
      expect.objectContaining({
        code: 'duplicate_plugin',
        message: "A plugin named 'greeting' has been registered before: an app takes each once",
      }),
    )
    expect(() => app.with().register(plugin({ name: 'greeting' }, () => 1))).toThrow("A plugin named 'greeting'")
    expect(new App().hasPlugin('greeting')).toBe(false)
  })

  it('may need others, in any order, which are asked for at start-up', async () => {
    const needy = plugin({ name: 'needy', dependencies: ['greeting', 'other'] }, () => 1)
    const app = new App()
    app.register(needy)
    app.register(plugin({ name: 'other' }, () => 1))
    await expect(app.start()).rejects.toMatchObject({
      code: 'missing_plugin',
      message: "The plugin 'needy' needs 'greeting': register it as well. There are: needy, other",
    })
    app.register(greeting, { words: ['hi'] })
    await app.start()
    await app.stop()
  })

  it('cannot wait', () => {
    const slow = plugin({ name: 'slow' }, async () => {
      throw new Error('late')
    })
    expect(() => new App().register(slow)).toThrow("The plugin 'slow' waits for something")
  })

  it('are typed', () => {
    const app = new App({ deps: { one: dependency(() => 1) } })
    const optional = plugin({ name: 'optional' }, (_app, options: { size?: number } = {}) => options.size ?? 0)
    const none = plugin({ name: 'none' }, () => 'value')
    expectTypeOf(app.register(optional)).toEqualTypeOf<number>()
    expectTypeOf(app.register(none)).toEqualTypeOf<string>()
    expectTypeOf(greeting).toEqualTypeOf<Plugin<GreetingOptions, { count: number }>>()
    // @ts-expect-error options are required
    expect(() => app.register(greeting)).toThrow(TypeError)
    // @ts-expect-error a wrong option
    expect(() => new App().register(greeting, { words: ['a'], size: 1 })).not.toThrow()
  })
})
