import { App, dependency, fail, HttpError, SocketClosedError, text, WebSocketError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { destroyAfterEach, frame, handshake, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

describe.each(['http', 'net'] as const)('the handshake of a WebSocket (%s)', (transport) => {
  const serve = async (app: App) => (await serveHttp(app, undefined, transport)).port
  const makeApp = () => new App({ docs: false, logger: recorder().logger })

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
})
