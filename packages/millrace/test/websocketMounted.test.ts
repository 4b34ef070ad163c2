import { App, dependency, fail, sse, text } from 'millrace'
import { createTestClient } from 'millrace/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { closeFrame, destroyAfterEach, frame, handshake, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

describe.each(['http', 'net'] as const)('a WebSocket of a mounted app (%s)', (transport) => {
  const serve = async (app: App) => (await serveHttp(app, undefined, transport)).port
  const makeApp = () => new App({ docs: false, logger: recorder().logger })

  /** Tells when it is closed. */
  function resourceOf() {
    const { promise, resolve } = Promise.withResolvers<void>()
    const resource = dependency(async function* () {
      yield 'open'
      resolve()
    })
    return { resource, isClosed: promise }
  }

  it('has its path, its inputs, its app-scoped dependencies, and knows where it stands', async () => {
    const inner = makeApp()
    const greeting = dependency({ scope: 'app' }, () => 'Hello')
    const room = inner.ws(
      '/rooms/:room',
      { deps: { greeting }, query: z.object({ name: z.string() }), receive: text() },
      async ({ socket, params, query, greeting, basePath, urlFor }) => {
        await socket.send([greeting, query.name, params.room, basePath, urlFor(room, { room: 'red' })].join(' '))
        for await (const message of socket) await socket.send(message)
      },
    )
    const middle = makeApp().mount('/b', inner)
    const port = await serve(makeApp().mount('/a', middle))
    const client = await RawWebSocket.open(port, '/a/b/rooms/blue%2Fgreen?name=Ann')
    expect(await client.text()).toBe('Hello Ann blue/green /a/b /a/b/rooms/red')
    await client.send(frame(opcodes.text, 'hi'))
    expect(await client.text()).toBe('hi')
    await client.send(closeFrame(1000))
    expect(await client.closing()).toBe('1000')
  })

  it('refuses as it does where it is not mounted', async () => {
    const inner = makeApp()
    inner.ws('/mine', { deps: { user: dependency({ guard: true }, () => fail(401, 'Who are you?')) } }, () =>
      expect.unreachable(),
    )
    inner.ws('/', () => expect.unreachable())
    const port = await serve(makeApp().mount('/inner', inner))
    const ask = async (request: string) => {
      const socket = new RawSocket(port)
      void socket.write(request)
      const { status, body } = await socket.answer()
      return [status, JSON.parse(body).detail]
    }
    expect(await ask(handshake('/inner/mine'))).toEqual([401, 'Who are you?'])
    expect(await ask(handshake('/inner/nowhere'))).toEqual([404, 'Nothing stands at /inner/nowhere'])
    expect((await ask(handshake('/inner', ['origin: http://evil.example'])))[0]).toBe(403)
  })

  it('is inside of the middleware around it, which may add to its answer', async () => {
    const inner = makeApp()
    inner.ws('/', ({ socket }) => socket.send('hello'))
    const app = makeApp()
    app.use(async (_context, next) => {
      const answer = await next()
      answer.headers.set('x-status', String(answer.status))
      return answer
    })
    const client = new RawWebSocket(await serve(app.mount('/inner', inner)))
    void client.socket.write(handshake('/inner'))
    expect(await client.socket.answer()).toMatchObject({ status: 101, headers: { 'x-status': '101' } })
    expect(await client.text()).toBe('hello')
  })

  it('is told where a middleware around it puts another answer in its place', async () => {
    const { resource, isClosed } = resourceOf()
    const told = Promise.withResolvers<unknown>()
    const inner = makeApp()
    inner.ws('/', { accept: 'manual', deps: { resource } }, ({ socket }) => socket.accept().catch(told.resolve))
    const app = makeApp()
    app.use(async (_context, next) => {
      await next()
      return fail(403, 'Not today')
    })
    const socket = new RawSocket(await serve(app.mount('/inner', inner)))
    void socket.write(handshake('/inner'))
    expect((await socket.answer()).status).toBe(403)
    expect(await told.promise).toMatchObject({ code: 'socket_closed' })
    await isClosed
  })

  it('ends with 1001 when the app around it stops, and what it has used is closed', async () => {
    const { resource, isClosed } = resourceOf()
    const inner = makeApp()
    inner.ws('/', { deps: { resource }, receive: text() }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
      await socket.send('bye')
    })
    const app = makeApp().mount('/inner', inner)
    const server = await app.listen({ port: 0, signals: false, transport, graceMs: 10_000 })
    const client = await RawWebSocket.open(server.port, '/inner')
    const closed = server.close()
    expect(await client.text()).toBe('bye')
    expect(await client.closing()).toBe('1001 The server is stopping')
    await client.send(closeFrame(1001))
    await isClosed
    await closed
    expect([app.state, inner.state]).toEqual(['stopped', 'stopped'])
  })

  it('is cut when the grace of the app around it is over', async () => {
    const inner = makeApp()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    inner.ws('/', async ({ signal }) => {
      await new Promise((done) => signal.addEventListener('abort', done))
      resolve(signal.aborted)
    })
    const server = await makeApp().mount('/inner', inner).listen({ port: 0, signals: false, transport, graceMs: 0 })
    const client = await RawWebSocket.open(server.port, '/inner')
    const closed = server.close()
    expect(await client.closing()).toBe('1001 The server is stopping')
    client.socket.destroy()
    expect(await promise).toBe(true)
    await closed
  })

  it('leaves other answers to the same request whole', async () => {
    const { resource, isClosed } = resourceOf()
    const inner = makeApp()
    inner.get('/events', { deps: { resource }, response: sse(z.string()) }, async function* ({ resource }) {
      yield resource
      yield 'end'
    })
    const socket = new RawSocket(await serve(makeApp().mount('/inner', inner)))
    void socket.write(handshake('/inner/events'))
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'data: "open"\n\ndata: "end"\n\n' })
    await isClosed
  })
})

it('is opened by the test client', async () => {
  const inner = new App({ docs: false })
  const echo = inner.ws('/echo', { receive: text(), send: text() }, async ({ socket }) => {
    for await (const message of socket) await socket.send(message)
  })
  const app = new App({ docs: false }).mount('/inner', inner)
  await using client = createTestClient<{ echo: typeof echo }>(app)
  const socket = client.ws('/inner/echo' as '/echo', { sends: 'text', receives: 'text' })
  await socket.send('hi')
  expect(await socket.receive()).toBe('hi')
  expect(await socket.close()).toEqual({ code: 1000, reason: '' })
})
