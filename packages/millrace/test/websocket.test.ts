import { once } from 'node:events'
import { constants, deflateRawSync } from 'node:zlib'
import { App, bytes, dependency, fail, HttpError, Router, SocketClosedError, text, WebSocketError } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { closeFrame, destroyAfterEach, frame, handshake, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

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

  describe('before the handshake is accepted', () => {
    const refusalOf = async (app: App, path = '/', headers: readonly string[] = []) => {
      const socket = new RawSocket(await serve(app))
      void socket.write(handshake(path, headers))
      const { status, headers: answered, body } = await socket.answer()
      expect(answered['content-type']).toBe('application/problem+json')
      return { status, problem: JSON.parse(body) }
    }

    it('inputs that are not valid are answered with every issue', async () => {
      const app = makeApp()
      app.ws('/', { query: z.object({ n: z.number(), m: z.string() }) }, () => expect.unreachable())
      expect(await refusalOf(app, '/?n=x')).toEqual({
        status: 422,
        problem: {
          type: 'about:blank',
          title: 'Unprocessable Content',
          status: 422,
          detail: '2 inputs are not valid',
          code: 'invalid_input',
          errors: [
            {
              in: 'query',
              path: ['n'],
              code: 'invalid_type',
              message: 'Invalid input: expected number, received string',
            },
            { in: 'query', path: ['m'], code: 'missing', message: 'Required' },
          ],
        },
      })
    })

    it('guards come first, and their errors are answered by error handlers', async () => {
      const app = makeApp()
      const guard = dependency({ guard: true }, () =>
        fail(401, 'Who are you?', { headers: { 'www-authenticate': 'Bearer' } }),
      )
      app.ws('/', { query: z.object({ n: z.number() }), deps: { guard } }, () => expect.unreachable())
      expect(await refusalOf(app)).toEqual({
        status: 401,
        problem: { type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'Who are you?' },
      })
    })

    it('a WebSocketError refuses with 403', async () => {
      const app = makeApp()
      const room = dependency(() => {
        throw new WebSocketError(4004, 'This room is closed')
      })
      app.ws('/', { deps: { room } }, () => expect.unreachable())
      expect(await refusalOf(app)).toEqual({
        status: 403,
        problem: {
          type: 'about:blank',
          title: 'Forbidden',
          status: 403,
          detail: 'This room is closed',
          code: 'handshake_refused',
        },
      })
    })

    it.each([
      ['another origin', ['origin: https://evil.example'], {}, 403],
      ['a broken origin', ['origin: evil'], {}, 403],
      ['no origin that can be told', ['origin: null'], {}, 403],
      ['its own origin', ['origin: https://localhost'], {}, 101],
      ['none, as clients do that are no browser', [], {}, 101],
      ['one that is named', ['origin: https://a.example'], { origins: ['https://a.example'] }, 101],
      ['its own, where others are named', ['origin: http://localhost'], { origins: ['https://a.example'] }, 403],
      ['any', ['origin: https://evil.example'], { origins: '*' }, 101],
    ] as const)('a page of %s', async (_name, headers, options, status) => {
      const app = makeApp()
      app.ws('/', options, () => undefined)
      const socket = new RawSocket(await serve(app))
      void socket.write(handshake('/', headers))
      const answer = await socket.answer()
      expect(answer.status).toBe(status)
      if (status === 403) expect(JSON.parse(answer.body).code).toBe('origin_refused')
    })

    it('the first subprotocol of ours that the client offers is chosen', async () => {
      const app = makeApp()
      app.ws('/', { subprotocols: ['v2', 'v1'] }, ({ socket }) =>
        socket.send([socket.subprotocol, socket.offeredSubprotocols]),
      )
      const port = await serve(app)
      const client = new RawWebSocket(port)
      void client.socket.write(handshake('/', ['sec-websocket-protocol: v1, v0', 'sec-websocket-protocol: v2']))
      expect((await client.socket.answer()).headers['sec-websocket-protocol']).toBe('v2')
      expect(await client.text()).toBe('["v2",["v1","v0","v2"]]')
      const other = new RawWebSocket(port)
      void other.socket.write(handshake('/', ['sec-websocket-protocol: v0']))
      expect((await other.socket.answer()).headers['sec-websocket-protocol']).toBe(undefined)
      expect(await other.text()).toBe('["",["v0"]]')
    })
  })

  describe('accepted by its handler', () => {
    it('says how', async () => {
      const app = makeApp()
      app.ws('/', { accept: 'manual', receive: text() }, async ({ socket, response }) => {
        expect(() => socket.isOpen).not.toThrow()
        await expect(socket.send('too early')).rejects.toThrow('await socket.accept() first')
        response.setCookie('seen', '1')
        await socket.accept({ subprotocol: 'b', headers: { 'x-room': '7' } })
        await expect(socket.accept()).rejects.toThrow('is accepted')
        await socket.send(await socket.receive())
      })
      const client = new RawWebSocket(await serve(app))
      void client.socket.write(handshake('/', ['sec-websocket-protocol: a, b']))
      expect(await client.socket.answer()).toMatchObject({
        status: 101,
        headers: {
          'x-room': '7',
          'sec-websocket-protocol': 'b',
          'set-cookie': 'seen=1; Path=/; HttpOnly; SameSite=Lax',
        },
      })
      await client.send(frame(opcodes.text, 'hi'))
      expect(await client.text()).toBe('hi')
      expect(await client.closing()).toBe('1000')
    })

    it.each([
      ['throws an HttpError', new HttpError(418, 'No coffee'), 418, undefined],
      ['throws a WebSocketError', new WebSocketError(4000, 'No'), 403, 'handshake_refused'],
      ['ends', undefined, 403, 'handshake_refused'],
    ])('is refused when it %s', async (_name, error, status, code) => {
      const app = makeApp()
      app.ws('/', { accept: 'manual' }, async () => {
        if (error) throw error
      })
      const socket = new RawSocket(await serve(app))
      void socket.write(handshake('/'))
      const answer = await socket.answer()
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.body).code).toBe(code)
    })

    it('is refused when it closes, and cannot be used then', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown[]>()
      app.ws('/', { accept: 'manual' }, async ({ socket }) => {
        await socket.close(4000, 'Full')
        resolve(await Promise.all([socket.send('x').catch(String), socket.receive().catch(String)]))
      })
      const socket = new RawSocket(await serve(app))
      void socket.write(handshake('/'))
      expect(JSON.parse((await socket.answer()).body)).toMatchObject({ status: 403, detail: 'Full' })
      expect(await promise).toEqual([
        'SocketClosedError: The WebSocket was closed with 1006',
        'SocketClosedError: The WebSocket was closed with 1006',
      ])
    })

    it('learns when a middleware answers in its place', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.use(async (_context, next) => {
        await next()
        return new Response('instead', { status: 503 })
      })
      app.ws('/', { accept: 'manual' }, async ({ socket }) => resolve(await socket.accept().catch((error) => error)))
      const socket = new RawSocket(await serve(app))
      void socket.write(handshake('/'))
      expect(await socket.answer()).toMatchObject({ status: 503, body: 'instead' })
      expect(await promise).toBeInstanceOf(SocketClosedError)
    })
  })

  it('is not accepted with a header that would split the answer', async () => {
    const log = recorder()
    const app = new App({ docs: false, logger: log.logger })
    app.use(async (_context, next) => {
      const answer = await next()
      if (answer.status === 101) answer.headers.flat.push('x-evil', 'a\r\nx-other: b')
    })
    app.ws('/', () => expect.unreachable())
    const socket = new RawSocket(await serve(app))
    void socket.write(handshake('/'))
    expect((await socket.answer()).status).toBe(500)
    expect(log.takeErrors()).toEqual([
      {
        message: 'An answer could not be sent',
        error: "The value of the header 'x-evil' holds a character that it must not",
      },
    ])
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

  describe('the end', () => {
    it.each([
      ['a WebSocketError', new WebSocketError(4001, 'Closed for today'), '4001 Closed for today'],
      ['a reason that is too long', new WebSocketError(4001, 'é'.repeat(100)), `4001 ${'é'.repeat(61)}`],
      ['an HttpError of the client', new HttpError(404, 'No such room'), '1008 No such room'],
      ['an HttpError of the server', new HttpError(503, 'No model'), '1011 No model'],
    ])('tells of %s', async (_name, error, closing) => {
      const app = makeApp()
      app.ws('/', async () => {
        throw error
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe(closing)
    })

    it('is 1011 for a message of ours that does not fit, which is logged once', async () => {
      const log = recorder()
      const app = new App({ docs: false, logger: log.logger })
      app.ws('/', { send: z.object({ n: z.number() }) }, async ({ socket }) =>
        socket.send({ n: 'x' as unknown as number }),
      )
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe('1011 The server failed')
      expect(log.takeErrors()).toEqual([
        {
          message: 'A message could not be sent',
          error:
            'The result of WS / does not fit its response schema: n: Invalid input: expected number, received string',
        },
      ])
    })

    it('comes when the client closes: messages before it are received, the signal is aborted, sending fails', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { receive: z.number() }, async ({ socket, signal }) => {
        const first = await socket.receive()
        const aborted = new Promise((told) =>
          signal.addEventListener('abort', () => told((signal.reason as Error).message)),
        )
        await socket.send('go on')
        await aborted
        const rest: number[] = []
        for await (const message of socket) rest.push(message)
        resolve([first, rest, socket.isOpen, await aborted, await socket.send('late').catch((error) => ({ ...error }))])
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(textFrame(1))
      expect(await client.text()).toBe('go on')
      await client.send(textFrame(2), textFrame(3), closeFrame(4002, 'bye'))
      expect(await client.closing()).toBe('4002 bye')
      expect(await promise).toEqual([
        1,
        [2, 3],
        false,
        'The client has left',
        { name: 'SocketClosedError', code: 'socket_closed', closeCode: 4002, reason: 'bye' },
      ])
      await client.socket.closed
    })

    it('comes when the handler closes, and waits for the client', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', async ({ socket }) => {
        await expect(socket.close(1005)).rejects.toThrow(RangeError)
        await socket.close(3000, 'done')
        resolve(await socket.receive().catch((error) => error.closeCode))
        await socket.close()
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe('3000 done')
      await client.send(closeFrame(3000))
      expect(await promise).toBe(3000)
      await client.socket.closed
    })

    it('of a client that vanishes is no error of the handler that waits for it', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<void>()
      const resource = dependency(async function* () {
        try {
          yield 1
        } finally {
          resolve()
        }
      })
      app.ws('/', { deps: { resource } }, async ({ socket }) => {
        await socket.send('hello')
        await socket.receive()
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.text()
      client.socket.destroy()
      await promise
    })
  })
})
