import { App, dependency, fail, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { turns } from './fuzz/outcome.ts'
import { failOnFaults } from './support/faults.ts'
import {
  closeFrame,
  destroyAfterEach,
  frame,
  handshake,
  handshakeHeaders,
  key,
  opcodes,
  RawWebSocket,
} from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

const { text: textCode, binary, continuation, close, ping } = opcodes

describe.each(['http', 'net'] as const)('bad input of a WebSocket (%s)', (transport) => {
  const serve = async (app: App) => (await serveHttp(app, undefined, transport)).port

  function makeApp() {
    const app = new App({ docs: false, logger: recorder().logger })
    const user = dependency({ guard: true }, () => fail(401, 'Who are you?'))
    app.get('/plain', () => 'plain')
    app.ws('/text', { receive: text(), maxMessageBytes: 8 }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    app.ws('/json', { receive: z.object({ n: z.int() }) }, async ({ socket }) => {
      for await (const { n } of socket) await socket.send(n)
    })
    app.ws('/bytes', { receive: { kind: 'bytes' } }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    app.ws('/both', async ({ socket }) => socket.send('socket'))
    app.get('/both', () => 'page')
    app.ws('/mine', { deps: { user } }, () => expect.unreachable())
    return app
  }

  describe('frames', () => {
    const nothing = Buffer.alloc(0)
    it.each([
      ['that is larger than allowed', [frame(textCode, '123456789')], '1009'],
      ['that is announced as larger than allowed', [frame(textCode, nothing, { length: 2 ** 40 })], '1009'],
      ['that is announced as larger than a number can be', [frame(textCode, nothing, { length: 2 ** 60 })], '1009'],
      [
        'in fragments that are larger than allowed together',
        [frame(textCode, '12345', { isFinal: false }), frame(continuation, '6789')],
        '1009',
      ],
      ['that is not masked', [frame(textCode, 'a', { isMasked: false })], '1002'],
      ['that is not UTF-8', [frame(textCode, Buffer.from([0xc3, 0x28]))], '1007'],
      ['that ends within a character', [frame(textCode, Buffer.from([0xe2, 0x82]))], '1007'],
      ['with a reserved bit', [frame(textCode, 'a', { reserved: 4 })], '1002'],
      ['with another reserved bit', [frame(textCode, 'a', { reserved: 1 })], '1002'],
      ['with a reserved opcode', [frame(3, 'a')], '1002'],
      ['with a reserved control opcode', [frame(11, 'a')], '1002'],
      ['of control that is a fragment', [frame(ping, 'a', { isFinal: false })], '1002'],
      ['of control that is too long', [frame(ping, Buffer.alloc(126))], '1002'],
      ['that goes on with nothing', [frame(continuation, 'a')], '1002'],
      [
        'that begins before the last is whole',
        [frame(textCode, 'a', { isFinal: false }), frame(textCode, 'b')],
        '1002',
      ],
      ['that closes with a code that cannot be sent', [closeFrame(1005)], '1002'],
      ['that closes with a code that is none', [closeFrame(999)], '1002'],
      ['that closes with half a code', [frame(close, Buffer.from([3]))], '1002'],
      ['that closes with a reason that is not UTF-8', [frame(close, Buffer.from([3, 232, 0xff]))], '1007'],
    ])('one %s', async (_name, frames, closing) => {
      const client = await RawWebSocket.open(await serve(makeApp()), '/text')
      await client.send(...frames)
      expect(await client.closing()).toBe(closing)
    })

    it('one after a close frame is not read', async () => {
      const client = await RawWebSocket.open(await serve(makeApp()), '/text')
      await client.send(closeFrame(1000), frame(textCode, 'late'))
      expect(await client.closing()).toBe('1000')
      expect(await client.socket.closed).toBe('ended')
    })
  })

  describe('messages', () => {
    it.each([
      ['/json', frame(textCode, '{"n":'), '1007 malformed_json'],
      ['/json', frame(textCode, ''), '1007 malformed_json'],
      ['/json', frame(textCode, `${'['.repeat(600)}${']'.repeat(600)}`), '1007 malformed_json'],
      ['/json', frame(textCode, '{"__proto__":{}}'), '1008 unsafe_key'],
      [
        '/json',
        frame(textCode, '{"n":"1"}'),
        '1008 invalid_message: n: Invalid input: expected number, received string',
      ],
      ['/json', frame(textCode, '[]'), '1008 invalid_message: (root): Invalid input: expected object, received array'],
      ['/json', frame(textCode, `[${'0,'.repeat(100_000)}0]`), '1009 too_many_values'],
      ['/json', frame(binary, '{"n":1}'), '1003 unsupported_message'],
      ['/text', frame(binary, 'a'), '1003 unsupported_message'],
      ['/bytes', frame(textCode, 'a'), '1003 unsupported_message'],
    ])('to %s that does not fit (%#)', async (path, sent, closing) => {
      const client = await RawWebSocket.open(await serve(makeApp()), path)
      await client.send(sent)
      expect(await client.closing()).toBe(closing)
    })

    it('that do not fit can be caught, and the next one is received', async () => {
      const app = makeApp()
      app.ws('/', { receive: z.number() }, async ({ socket }) => {
        await socket.send(await socket.receive().catch((error) => [error.name, error.code, error.issues.length]))
        await socket.send(await socket.receive())
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(frame(textCode, '"x"'), frame(textCode, '2'))
      expect(await client.text()).toBe('["MessageError","invalid_message",1]')
      expect(await client.text()).toBe('2')
    })

    it('that do not fit are answered where that is asked for', async () => {
      const app = makeApp()
      app.ws('/', { receive: z.number(), send: z.number(), invalidMessages: 'answer' }, async ({ socket }) => {
        for await (const message of socket) await socket.send(message)
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(frame(textCode, '"secret"'), frame(textCode, '{'), frame(binary, '1'), frame(textCode, '2'))
      const invalid = await client.text()
      expect(JSON.parse(invalid)).toEqual({
        type: 'about:blank',
        title: 'Unprocessable Content',
        status: 422,
        detail: 'The message is not valid',
        code: 'invalid_message',
        errors: [{ path: [], code: 'invalid_type', message: 'Invalid input: expected number, received string' }],
      })
      expect(JSON.parse(await client.text())).toEqual({
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'The message is not JSON: unexpected token at position 1',
        code: 'malformed_json',
      })
      expect(JSON.parse(await client.text())).toMatchObject({ status: 400, code: 'unsupported_message' })
      expect(await client.text()).toBe('2')
    })
  })

  describe('handshakes', () => {
    const without = (name: string) => handshakeHeaders.filter((header) => !header.startsWith(name))
    const get = (path: string, headers: readonly string[]) => rawRequest('GET', path, headers)

    it.each([
      ['to an unknown path', handshake('/nowhere'), 404, 'not_found'],
      ['without rights', handshake('/mine'), 401, undefined],
      ['without a key', get('/text', without('sec-websocket-key')), 400, 'bad_request'],
      [
        'with a key that is too short',
        get('/text', [...without('sec-websocket-key'), 'sec-websocket-key: YQ==']),
        400,
        'bad_request',
      ],
      ['with two keys', handshake('/text', [`sec-websocket-key: ${key}`]), 400, 'bad_request'],
      ['without a version', get('/text', without('sec-websocket-version')), 426, 'upgrade_required'],
      [
        'with another version',
        get('/text', [...without('sec-websocket-version'), 'sec-websocket-version: 8']),
        426,
        'upgrade_required',
      ],
      ['with subprotocols that are none', handshake('/text', ['sec-websocket-protocol: a,,b']), 400, 'bad_request'],
      ['with one subprotocol twice', handshake('/text', ['sec-websocket-protocol: a, a']), 400, 'bad_request'],
      [
        'that asks for another protocol',
        get('/text', ['connection: upgrade', 'upgrade: h2c']),
        426,
        'upgrade_required',
      ],
      ['that does not say so in connection', get('/text', without('connection')), 426, 'upgrade_required'],
      ['that is a plain request', get('/text', []), 426, 'upgrade_required'],
      ['that posts', rawRequest('POST', '/text', handshakeHeaders, ''), 426, 'upgrade_required'],
      ['that has a body', rawRequest('GET', '/text', handshakeHeaders, 'body'), 426, 'upgrade_required'],
    ])('%s', async (_name, request, status, code) => {
      const socket = new RawSocket(await serve(makeApp()))
      void socket.write(request)
      const answer = await socket.answer()
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code])
      if (status !== 426) return
      expect(answer.headers['upgrade']).toBe('websocket')
      // RFC 9110, section 7.8
      expect(answer.headers['connection']?.toLowerCase()).toContain('upgrade')
    })

    it('name the version that is spoken', async () => {
      const socket = new RawSocket(await serve(makeApp()))
      void socket.write(get('/text', [...without('sec-websocket-version'), 'sec-websocket-version: 14']))
      expect((await socket.answer()).headers['sec-websocket-version']).toBe('13')
    })

    it('of HTTP/1.0 are no handshakes', async () => {
      const socket = new RawSocket(await serve(makeApp()))
      void socket.write(handshake('/both').replace('HTTP/1.1', 'HTTP/1.0'))
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'page' })
    })

    it('to an ordinary operation are served plainly', async () => {
      const socket = new RawSocket(await serve(makeApp()))
      void socket.write(handshake('/plain'))
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'plain' })
    })

    it('beside an ordinary operation are told apart from it', async () => {
      const port = await serve(makeApp())
      const page = new RawSocket(port)
      void page.write(rawRequest('GET', '/both'))
      expect((await page.answer()).body).toBe('page')
      expect(await (await RawWebSocket.open(port, '/both')).text()).toBe('socket')
    })

    it('for another protocol are served plainly, with their body', async () => {
      const app = makeApp()
      app.post('/echo', { body: text() }, ({ body }) => body)
      const socket = new RawSocket(await serve(app))
      const headers = ['content-type: text/plain', 'connection: Upgrade, HTTP2-Settings', 'upgrade: h2c']
      void socket.write(rawRequest('POST', '/echo', headers, 'hello'))
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'hello' })
    })

    it.each([
      ['for another protocol', '/plain', ['connection: Upgrade', 'upgrade: h2c'], undefined],
      ['with a body', '/text', handshakeHeaders, 'body'],
    ])('%s do not make a request of the body of the next one', async (_name, path, headers, body) => {
      const app = makeApp()
      const seen: string[] = []
      app.post('/next', { body: text() }, ({ body }) => void seen.push(body))
      app.get('/smuggled', () => void seen.push('smuggled'))
      const socket = new RawSocket(await serve(app))
      const smuggled = rawRequest('GET', '/smuggled')
      const next = rawRequest('POST', '/next', ['content-type: text/plain'], smuggled)
      await socket.write(rawRequest('GET', path, headers, body) + next.slice(0, -smuggled.length))
      await turns(20)
      await socket.write(smuggled)
      const answer = await socket.answer()
      // Node loses what follows in the same packet, so that its connection cannot be used any more.
      if (transport === 'http') expect(answer.headers['connection']).toMatch(/^close/)
      else expect((await socket.answer()).status).toBe(204)
      socket.end()
      await socket.closed
      expect(seen).toEqual(transport === 'http' ? [] : [smuggled])
    })

    it('behind a request that is not answered yet are refused, and nothing is lost', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<void>()
      app.get('/slow', async () => {
        await promise
        return 'slow'
      })
      const socket = new RawSocket(await serve(app))
      await socket.write(rawRequest('GET', '/slow') + handshake('/text'))
      resolve()
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'slow' })
      expect((await socket.answer()).status).toBe(426)
    })

    it('after a request that has been answered are accepted', async () => {
      const client = new RawWebSocket(await serve(makeApp()))
      void client.socket.write(rawRequest('GET', '/plain'))
      expect(await client.socket.answer()).toMatchObject({ status: 200, body: 'plain' })
      void client.socket.write(handshake('/text'))
      expect((await client.socket.answer()).status).toBe(101)
      await client.send(frame(textCode, 'hello'))
      expect(await client.text()).toBe('hello')
    })

    it('that are refused take what was sent too early along', async () => {
      const socket = new RawSocket(await serve(makeApp()))
      void socket.write(Buffer.concat([Buffer.from(handshake('/mine')), frame(textCode, 'hello')]))
      expect((await socket.answer()).status).toBe(401)
    })
  })

  it('with extensions that are not well-formed is accepted without them', async () => {
    const app = makeApp()
    app.ws('/', { compress: true }, ({ socket }) => socket.send('plain'))
    const client = new RawWebSocket(await serve(app))
    void client.socket.write(handshake('/', ['sec-websocket-extensions: permessage-deflate; a=b; ;']))
    const { status, headers } = await client.socket.answer()
    expect([status, headers['sec-websocket-extensions']]).toEqual([101, undefined])
    expect(await client.text()).toBe('plain')
  })
})

it.each([
  ['whose inputs do not fit', '/?n=x', 403],
  ['where nothing stands', '/nothing', 403],
  ['of a page of another origin not at all', '/?n=1', 101],
])("refuses a handshake %s in FastAPI's way: %s", async (_which, path, expected) => {
  const app = new App({ docs: false, compat: 'fastapi', logger: false })
  app.ws('/', { query: z.object({ n: z.number() }) }, () => undefined)
  const socket = new RawSocket((await serveHttp(app)).port)
  void socket.write(handshake(path, ['origin: https://evil.example']))
  const { status, body } = await socket.answer()
  expect([status, body]).toEqual([expected, ''])
})

it('has no WebSocket by app.fetch, and says so', async () => {
  const app = new App({ docs: false })
  app.ws('/', () => undefined)
  const response = await app.request('/', { headers: { upgrade: 'websocket', connection: 'upgrade' } })
  expect(response.status).toBe(426)
  expect(await response.json()).toMatchObject({ code: 'upgrade_required' })
})
