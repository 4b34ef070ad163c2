import { App, bytes, dependency, fail, text, WebSocketError } from 'millrace'
import { ClientError, ClientSocketError, createClient } from 'millrace/client'
import { createTestClient } from 'millrace/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { freePort } from './support/freePort.ts'
import { recorder, serveHttp } from './support/serve.ts'

failOnFaults()

function makeApi() {
  const app = new App({ docs: false, logger: recorder().logger })
  const closed: string[] = []
  const user = dependency({ guard: true, cookies: z.object({ user: z.string().optional() }) }, ({ cookies }) =>
    cookies.user === undefined ? fail(401, 'Who are you?') : cookies.user,
  )
  const resource = dependency(async function* () {
    yield 'resource'
    closed.push('resource')
  })
  const login = app.post('/login', ({ response }) => {
    response.setCookie('user', 'ann')
  })
  const rooms = app.ws(
    '/rooms/:room',
    {
      params: z.object({ room: z.int() }),
      query: z.object({ at: z.date().optional() }),
      receive: z.object({ text: z.string() }),
      send: z.object({ text: z.string(), room: z.number(), at: z.date().optional() }),
      deps: { resource },
    },
    async ({ socket, params, query }) => {
      for await (const message of socket) await socket.send({ ...message, room: params.room, at: query.at })
    },
  )
  const mine = app.ws('/mine', { deps: { user }, send: z.string() }, ({ socket, user }) => socket.send(user))
  const words = app.ws('/words', { receive: text(), send: text(), subprotocols: ['v1'] }, async ({ socket }) => {
    for await (const message of socket) await socket.send(message)
  })
  const raw = app.ws('/raw', { receive: bytes(), send: bytes() }, async ({ socket }) => {
    for await (const message of socket) await socket.send(message.map((byte) => byte + 1))
  })
  const closing = app.ws('/closing', { query: z.object({ code: z.int() }) }, ({ query }) => {
    if (query.code !== 1000) throw new WebSocketError(query.code, 'because')
  })
  const headers = app.ws('/headers', { headers: z.object({ 'x-a': z.string() }), send: z.string() }, (context) =>
    context.socket.send(context.headers['x-a']),
  )
  return { app, closed, login, rooms, mine, words, raw, closing, headers }
}

type Api = ReturnType<typeof makeApi>

describe.each(['test client', 'client of a server'] as const)('WebSockets of a %s', (kind) => {
  async function connect() {
    const api = makeApi()
    if (kind === 'test client') {
      const client = createTestClient<Api>(api.app)
      onTestFinished(() => client.close())
      return { ...api, client }
    }
    const { url } = await serveHttp(api.app)
    return { ...api, client: createClient<Api>({ baseUrl: url }) }
  }

  it('are typed both ways, and messages sent before they are open wait', async () => {
    const { client, closed } = await connect()
    const at = new Date(0)
    const socket = client.ws('/rooms/:room', { params: { room: 7 }, query: { at } })
    await Promise.all([socket.send({ text: 'a' }), socket.send({ text: 'b' })])
    expect(socket.isOpen).toBe(true)
    const first: { text: string; room: number; at?: string } = await socket.receive()
    expect(first).toEqual({ text: 'a', room: 7, at: '1970-01-01T00:00:00.000Z' })
    for await (const message of socket) {
      expect(message.text).toBe('b')
      break
    }
    expect(await socket.close(3000, 'enough')).toEqual({ code: 3000, reason: 'enough' })
    expect(await socket.closed).toEqual({ code: 3000, reason: 'enough' })
    await expect(socket.send({ text: 'late' })).rejects.toThrow('WS /rooms/:room was closed with 3000: enough')
    await expect.poll(() => closed).toEqual(['resource'])
  })

  it('are text or bytes where the operation says so', async () => {
    const { client } = await connect()
    await using words = client.ws('/words', { sends: 'text', receives: 'text', subprotocols: ['v0', 'v1'] })
    await words.send('"quoted"')
    expect(await words.receive()).toBe('"quoted"')
    expect(words.subprotocol).toBe('v1')
    await using raw = client.ws('/raw')
    await raw.send(Uint8Array.of(1, 2))
    expect(await raw.receive()).toEqual(Uint8Array.of(2, 3))
  })

  it('end where the server closes, and tell why', async () => {
    const { client } = await connect()
    const regular = client.ws('/closing', { query: { code: 1000 }, sends: 'text', receives: 'text' })
    for await (const message of regular) expect.unreachable(String(message))
    await expect(regular.receive()).rejects.toMatchObject({ closeCode: 1000 })
    const other = client.ws('/closing', { query: { code: 4001 }, sends: 'text', receives: 'text' })
    const iterated = (async () => {
      for await (const message of other) expect.unreachable(String(message))
    })()
    await expect(iterated).rejects.toMatchObject({
      name: 'ClientSocketError',
      message: 'WS /closing was closed with 4001: because',
      closeCode: 4001,
      reason: 'because',
    })
  })

  it('that are refused say so', async () => {
    const { client } = await connect()
    const refused = client.ws('/mine', { sends: 'text' })
    const error = await refused.opened.catch((thrown) => thrown)
    expect(await refused.receive().catch((thrown) => thrown)).toBe(error)
    expect(await refused.closed).toMatchObject({ code: 1006 })
    if (kind === 'test client') {
      expect(error).toBeInstanceOf(ClientError)
      expect(error).toMatchObject({ status: 401, problem: { detail: 'Who are you?' } })
    } else {
      expect(error).toBeInstanceOf(ClientSocketError)
      expect(error).toMatchObject({ closeCode: 1006 })
    }
  })

  it('end when their signal is aborted', async () => {
    const { client } = await connect()
    const controller = new AbortController()
    const socket = client.ws('/words', { sends: 'text', receives: 'text', signal: controller.signal })
    await socket.opened
    controller.abort()
    expect((await socket.closed).code).toBe(1000)
    const late = client.ws('/words', { sends: 'text', receives: 'text', signal: controller.signal })
    await expect(late.opened).rejects.toThrow('aborted')
  })
})

it('a test client sends headers, and the cookies that answers have set', async () => {
  const api = makeApi()
  await using client = createTestClient<Api>(api.app)
  await client.post('/login')
  expect(await client.ws('/mine', { sends: 'text' }).receive()).toBe('ann')
  expect(await client.ws('/headers', { headers: { 'x-a': 'b' }, sends: 'text' }).receive()).toBe('b')
})

it('a test client that closes ends what is open', async () => {
  const api = makeApi()
  const client = createTestClient<Api>(api.app)
  const socket = client.ws('/words', { sends: 'text', receives: 'text' })
  await socket.opened
  await client.close()
  expect(await socket.closed).toEqual({ code: 1001, reason: 'The server is stopping' })
  expect(api.app.state).toBe('stopped')
})

it('a client sends headers by a WebSocket that can', async () => {
  const api = makeApi()
  const { url } = await serveHttp(api.app)
  const plain = createClient<Api>({ baseUrl: url })
  const refused = plain.ws('/headers', { headers: { 'x-a': 'b' }, sends: 'text' })
  await expect(refused.opened).rejects.toThrow('The standard WebSocket sends no headers')
  const client = createClient<Api>({
    baseUrl: url,
    webSocket: (target, { protocols, headers }) => new WebSocket(target, protocols, { headers }),
  })
  expect(await client.ws('/headers', { headers: { 'x-a': 'b' }, sends: 'text' }).receive()).toBe('b')
})

it('a client tells of a server that cannot be reached', async () => {
  const client = createClient<Api>({ baseUrl: `http://127.0.0.1:${await freePort()}` })
  await expect(client.ws('/raw').opened).rejects.toMatchObject({ name: 'ClientSocketError', closeCode: 1006 })
})
