import { setTimeout as sleep } from 'node:timers/promises'
import { App, dependency, sse, text } from 'millrace'
import { ContextError, contextValue, currentContext, findContext } from 'millrace/context'
import { createTestClient } from 'millrace/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

const path = () => currentContext().path

describeTransports('currentContext', (serve) => {
  it('is found in middleware, dependencies, handlers, error handlers and the work after', async () => {
    const seen: string[] = []
    const see = (where: string) => seen.push(`${where} ${path()}`)
    const app = new App()
    app.use(async (_context, next) => {
      see('middleware')
      await next()
      see('middleware after')
    })
    app.onError(TypeError, () => {
      see('error')
      return 'handled'
    })
    const made = dependency(async function* () {
      await sleep(1)
      see('dependency')
      yield 1
      see('cleanup')
    })
    app.post('/:name', { body: text(), deps: { made } }, async ({ after, params }) => {
      await sleep(1)
      see('handler')
      after(async () => {
        await sleep(1)
        see('work')
      })
      if (params.name === 'fails') throw new TypeError('x')
      return 'ok'
    })
    const { request } = await serve(app)
    await (await request('/one', { method: 'POST', body: 'x' })).text()
    await app.idle()
    expect(seen.splice(0)).toEqual([
      'middleware /one',
      'dependency /one',
      'handler /one',
      'middleware after /one',
      'work /one',
      'cleanup /one',
    ])
    expect(await (await request('/fails', { method: 'POST', body: 'x' })).text()).toBe('handled')
    expect(seen).toContain('error /fails')
  })

  it('is that of its own request, however many there are', async () => {
    const app = new App()
    app.get('/:id', async ({ params }) => {
      await sleep(Number(params.id) % 3)
      return path() === `/${params.id}` && currentContext().route === '/:id'
    })
    const { request } = await serve(app)
    const all = await Promise.all(Array.from({ length: 20 }, async (_, index) => (await request(`/${index}`)).json()))
    expect(all).toEqual(Array.from({ length: 20 }, () => true))
  })

  it('is found in every part of a stream, whoever pulls it', async () => {
    const ended = Promise.withResolvers<string>()
    const app = new App()
    app.get('/stream/:id', { response: sse(z.string()) }, async function* () {
      try {
        yield `a ${path()}`
        await sleep(1)
        yield `b ${path()}`
        for (;;) {
          await sleep(1)
          yield `c ${path()}`
        }
      } finally {
        ended.resolve(path())
      }
    })
    const { request } = await serve(app)
    const reader = (await request('/stream/1')).body?.pipeThrough(new TextDecoderStream() as never).getReader()
    let read = ''
    while (!read.includes('c ')) read += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    expect(read).toMatch(/^data: "a \/stream\/1"\n\ndata: "b \/stream\/1"\n\ndata: "c \/stream\/1"\n\n/)
    expect(await ended.promise).toBe('/stream/1')
  })

  it('is that of a mounted app below it', async () => {
    const child = new App()
    child.get('/inner', () => [path(), currentContext().basePath])
    const app = new App()
    app.mount('/child', child)
    const { request } = await serve(app)
    expect(await (await request('/child/inner')).json()).toEqual(['/inner', '/child'])
  })
})

describeTransports('a context value', (serve) => {
  it('is held by each request for itself', async () => {
    const user = contextValue<string>('user')
    const count = contextValue('count', () => ({ queries: 0 }))
    const query = () => ++count.get().queries
    const app = new App()
    app.use((context, next) => {
      if (context.header('x-user')) user.set(context.header('x-user') as string)
      return next()
    })
    app.get('/', async () => {
      query()
      await sleep(1)
      return [user.has() ? user.get() : 'nobody', query()]
    })
    app.get('/fails', () => user.get())
    const { request } = await serve(app)
    const read = async (name?: string) => (await request('/', name ? { headers: { 'x-user': name } } : {})).json()
    expect(await Promise.all([read('ada'), read(), read('grace')])).toEqual([
      ['ada', 2],
      ['nobody', 2],
      ['grace', 2],
    ])
    app.onError(ContextError, (error) => `${error.code}: ${error.message}`)
    expect(await (await request('/fails')).text()).toBe(
      "no_context_value: The context value 'user' has not been set for this request",
    )
  })
})

describe('of a WebSocket', () => {
  it('the context is that of its handshake, for every message', async () => {
    const app = new App({ logger: false })
    const room = contextValue<string>('room')
    const echo = app.ws('/rooms/:room', { receive: z.string(), send: z.string() }, async ({ socket, params }) => {
      room.set(params.room)
      for await (const message of socket) await socket.send(`${message} in ${room.get()} at ${path()}`)
    })
    await using client = createTestClient<{ echo: typeof echo }>(app)
    const open = (name: string) => client.ws('/rooms/:room', { params: { room: name } })
    const [one, other] = [open('one'), open('other')]
    one.send('a')
    other.send('b')
    const first = async (socket: AsyncIterable<string>) => {
      for await (const message of socket) return message
      return undefined
    }
    expect(await Promise.all([first(one), first(other)])).toEqual([
      'a in one at /rooms/one',
      'b in other at /rooms/other',
    ])
  })
})

describe('outside of a request', () => {
  it('there is a clear error, or nothing', () => {
    const value = contextValue<number>('n')
    for (const use of [currentContext, value.get, value.has, () => value.set(1)])
      expect(use).toThrow(expect.objectContaining({ name: 'ContextError', code: 'no_context' }))
    expect(findContext()).toBeUndefined()
  })
})
