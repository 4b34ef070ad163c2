import { once } from 'node:events'
import { constants, deflateRawSync } from 'node:zlib'
import { App, bytes, dependency, fail, Router, text } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { closeFrame, destroyAfterEach, frame, handshake, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'

failOnFaults()
destroyAfterEach()

const textFrame = (message: unknown) => frame(opcodes.text, JSON.stringify(message))

describe.each(['http', 'net'] as const)('a WebSocket (%s)', (transport) => {
  const serve = async (app: App) => (await serveHttp(app, undefined, transport)).port
  const makeApp = () => new App({ docs: false, logger: recorder().logger })

  describe('messages', () => {
    it('are checked and typed in both directions, defaults filled in and undeclared keys left out', async () => {
      const app = makeApp()
      app.ws(
        '/add',
        { receive: z.object({ a: z.number(), b: z.number().default(1) }), send: z.object({ sum: z.number() }) },
        async ({ socket }) => {
          for await (const { a, b } of socket) await socket.send({ sum: a + b, ...{ secret: 1 } })
        },
      )
      const client = await RawWebSocket.open(await serve(app), '/add')
      await client.send(textFrame({ a: 2, b: 3 }), textFrame({ a: 2 }))
      expect(await client.text()).toBe('{"sum":5}')
      expect(await client.text()).toBe('{"sum":3}')
    })

    it('are text or bytes where that is declared', async () => {
      const app = makeApp()
      app.ws('/', { receive: text(), send: bytes() }, async ({ socket }) => {
        for await (const message of socket) await socket.send(new TextEncoder().encode(message.toUpperCase()))
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(frame(opcodes.text, 'æ'))
      expect(await client.frame()).toEqual({ opcode: opcodes.binary, payload: Buffer.from('Æ') })
    })

    it('are taken as they come without a schema, and sent by what they are', async () => {
      const app = makeApp()
      app.ws('/', async ({ socket }) => {
        for await (const message of socket)
          await socket.send(typeof message === 'string' ? { length: message.length } : message)
        await socket.receive()
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(frame(opcodes.text, 'four'), frame(opcodes.binary, Buffer.from([1, 2])))
      expect(await client.text()).toBe('{"length":4}')
      expect(await client.frame()).toEqual({ opcode: opcodes.binary, payload: Buffer.from([1, 2]) })
    })

    it('stay in order while they are checked asynchronously', async () => {
      const app = makeApp()
      const slow = z.number().refine(async (value) => {
        for (let turn = 0; turn < value; turn++) await Promise.resolve()
        return true
      })
      app.ws('/', { send: slow }, async ({ socket }) => {
        await Promise.all([50, 1, 20, 0].map((value) => socket.send(value)))
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      expect([await client.text(), await client.text(), await client.text(), await client.text()]).toEqual([
        '50',
        '1',
        '20',
        '0',
      ])
      expect(await client.closing()).toBe('1000')
    })

    it('in fragments are one, and those of the same packet as the handshake are not lost', async () => {
      const app = makeApp()
      app.ws('/', { receive: text() }, async ({ socket }) => {
        for await (const message of socket) await socket.send(message)
      })
      const client = new RawWebSocket(await serve(app))
      void client.socket.write(
        Buffer.concat([
          Buffer.from(handshake('/')),
          frame(opcodes.text, 'one '),
          frame(opcodes.text, 'tw', { isFinal: false }),
          frame(opcodes.ping, 'p'),
          frame(opcodes.continuation, 'o'),
        ]),
      )
      expect(await client.socket.answer()).toMatchObject({
        status: 101,
        headers: { upgrade: 'websocket', 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
      })
      expect(await client.frame()).toEqual({ opcode: opcodes.pong, payload: Buffer.from('p') })
      expect(await client.text()).toBe('one ')
      expect(await client.text()).toBe('two')
    })
  })

  describe('the context', () => {
    it('has checked inputs, dependencies of all scopes, and the middleware around the handshake', async () => {
      const closed: string[] = []
      const pool = dependency({ scope: 'app' }, async function* () {
        yield 'pool'
        closed.push('app')
      })
      const connection = dependency({ deps: { pool }, query: z.object({ n: z.number() }) }, async function* (context) {
        yield `${context.pool}${context.query.n}`
        closed.push('request')
      })
      const short = dependency({ scope: 'handler' }, async function* () {
        yield 'short'
        closed.push('handler')
      })
      const router = new Router({ prefix: '/rooms', deps: { connection } })
      router.use(async (_context, next) => {
        const answer = await next()
        answer.headers.set('x-middleware', String(answer.status))
      })
      router.ws(
        '/:room',
        {
          params: z.object({ room: z.number() }),
          headers: z.object({ 'x-user': z.string() }),
          cookies: z.object({ theme: z.string() }),
          deps: { short },
        },
        async ({ params, headers, cookies, connection, short, socket, response }) => {
          expect(response.status).toBe(undefined)
          await socket.send({ params, headers, cookies, connection, short })
          closed.push('sent')
        },
      )
      const app = makeApp()
      app.include(router, { prefix: '/v1' })
      const server = await serveHttp(app, undefined, transport)
      const client = new RawWebSocket(server.port)
      void client.socket.write(handshake('/v1/rooms/7?n=3', ['x-user: ann', 'cookie: theme=dark']))
      expect((await client.socket.answer()).headers['x-middleware']).toBe('101')
      expect(JSON.parse(await client.text())).toEqual({
        params: { room: 7 },
        headers: { 'x-user': 'ann' },
        cookies: { theme: 'dark' },
        connection: 'pool3',
        short: 'short',
      })
      expect(await client.closing()).toBe('1000')
      expect(closed).toEqual(['sent', 'handler'])
      await client.send(closeFrame(1000))
      await client.socket.closed
      await server.close()
      expect(closed).toEqual(['sent', 'handler', 'request', 'app'])
    })

    it('goes by overrides, in a copy of the app alone', async () => {
      const user = dependency({ guard: true }, () => fail(401))
      const app = makeApp()
      app.ws('/', { deps: { user } }, async ({ socket, user }) => socket.send(user))
      const copy = app.with({ overrides: [[user, () => 'ann' as never]] })
      const client = await RawWebSocket.open(await serve(copy), '/')
      expect(await client.text()).toBe('ann')
      const refused = new RawWebSocket(await serve(app))
      void refused.socket.write(handshake('/'))
      expect((await refused.socket.answer()).status).toBe(401)
    })

    it('runs work after the end, and rolls dependencies back when the handler fails', async () => {
      const seen: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const log = recorder()
      const app = new App({ docs: false, logger: log.logger })
      const transaction = dependency(async function* () {
        try {
          yield 'open'
          seen.push('commit')
        } catch (error) {
          seen.push(`rollback ${(error as Error).message}`)
          throw error
        }
      })
      app.ws('/', { deps: { transaction }, query: z.object({ fails: z.boolean() }) }, async (context) => {
        context.after(() => seen.push(`after, ${context.signal.aborted}`))
        context.after(resolve)
        if (context.query.fails) throw new Error('secret')
      })
      const port = await serve(app)
      const failing = await RawWebSocket.open(port, '/?fails=true')
      expect(await failing.closing()).toBe('1011 The server failed')
      expect(log.takeErrors()).toEqual([{ message: 'A WebSocket failed', error: 'secret' }])
      expect(seen).toEqual(['rollback secret'])
      const fine = await RawWebSocket.open(port, '/?fails=false')
      expect(await fine.closing()).toBe('1000')
      await fine.send(closeFrame(1000))
      await promise
      await serveHttp(makeApp())
      expect(seen).toEqual(['rollback secret', 'after, false', 'commit'])
    })
  })

  it('has a URL', async () => {
    const app = makeApp()
    const room = app.ws('/rooms/:room', () => undefined)
    app.ws('/link', { send: text() }, ({ socket, urlFor }) =>
      socket.send(urlFor(room, { room: 'b' }, { absolute: true })),
    )
    expect(app.urlFor(room, { room: 'a b' })).toBe('/rooms/a%20b')
    const client = await RawWebSocket.open(await serve(app), '/link')
    expect(await client.text()).toBe('ws://localhost/rooms/b')
  })

  describe('compressed', () => {
    async function connect(options: { maxMessageBytes?: number } = {}) {
      const app = makeApp()
      app.ws('/', { compress: true, receive: text(), ...options }, async ({ socket }) => {
        for await (const message of socket) await socket.send(message)
      })
      const socket = new WebSocket(`ws://127.0.0.1:${await serve(app)}/`, { perMessageDeflate: { threshold: 0 } })
      onTestFinished(() => socket.terminate())
      await once(socket, 'open')
      expect(socket.extensions).toBe('permessage-deflate')
      return socket
    }

    it('carries messages', async () => {
      const socket = await connect()
      socket.send('hello'.repeat(1_000))
      const [data] = (await once(socket, 'message')) as [Buffer]
      expect(data.toString()).toBe('hello'.repeat(1_000))
    })

    it('counts what a message is when it is taken apart', async () => {
      const socket = await connect({ maxMessageBytes: 1_000 })
      // A kilobyte on the wire.
      socket.send('x'.repeat(1_000_000))
      expect((await once(socket, 'close'))[0]).toBe(1009)
    })

    it('does not let a packet hold more than is kept for a handler that does not receive', async () => {
      const app = makeApp()
      app.ws('/', { compress: true }, async ({ signal }) => once(signal, 'abort').then(() => undefined))
      const client = new RawWebSocket(await serve(app))
      void client.socket.write(handshake('/', ['sec-websocket-extensions: permessage-deflate']))
      expect((await client.socket.answer()).status).toBe(101)
      // A kilobyte on the wire each, without the four bytes that end a flush (RFC 7692, section 7.2.1).
      const deflated = deflateRawSync('x'.repeat(1_000_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
      const message = frame(opcodes.text, deflated, { reserved: 4 })
      await client.send(...Array.from({ length: 50 }, () => message))
      expect(await client.closing()).toBe('1008 Messages come faster than they are taken')
      client.socket.destroy()
    })

    it('is refused where it is not asked for', async () => {
      const app = makeApp()
      app.ws('/', ({ socket }) => socket.send('hello'))
      const client = new RawWebSocket(await serve(app))
      void client.socket.write(handshake('/', ['sec-websocket-extensions: permessage-deflate']))
      expect((await client.socket.answer()).headers['sec-websocket-extensions']).toBe(undefined)
    })
  })
})
