import { request as httpRequest } from 'node:http'
import type { App, Dependencies } from 'millrace'
import { afterEach, describe, expect, it } from 'vitest'
import { app as appTesting002 } from '../apps/app_testing/tutorial002.ts'
import { app as tutorial001 } from '../apps/websockets_/tutorial001.ts'
import { app as tutorial002 } from '../apps/websockets_/tutorial002.ts'
import { app as tutorial003 } from '../apps/websockets_/tutorial003.ts'

/** A client that hands out messages one by one. */
interface Client {
  send(message: string): void
  receive(): Promise<string>
  close(): void
  /** The code of the close, or `refused` when there was no handshake. */
  readonly closed: Promise<number>
}

/** The status that answers a handshake which is refused. */
const handshake = (url: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const request = httpRequest(url.replace('ws', 'http'), { headers, agent: false })
    request
      .on('response', ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end()
  })

describe.each(['http', 'net'] as const)('WebSockets (%s)', (transport) => {
  const left: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of left.splice(0)) await close()
  })

  async function serve<D extends Dependencies>(app: App<D>): Promise<string> {
    const server = await app.with().listen({ port: 0, signals: false, graceMs: 500, transport })
    left.push(() => server.close())
    return server.url.replace('http', 'ws')
  }

  function connect(url: string, headers: Record<string, string> = {}): Client {
    const socket = new WebSocket(url, { headers })
    const messages: string[] = []
    const waiting: ((message: string) => void)[] = []
    const opened = new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error('There was no handshake')))
    })
    opened.catch(() => undefined)
    socket.addEventListener('message', ({ data }) => {
      const next = waiting.shift()
      if (next) next(String(data))
      else messages.push(String(data))
    })
    return {
      send: (message) => void opened.then(() => socket.send(message)),
      receive: () =>
        opened.then(() => messages.shift() ?? new Promise<string>((resolve) => void waiting.push(resolve))),
      close: () => socket.close(),
      closed: new Promise((resolve) => socket.addEventListener('close', ({ code }) => resolve(code))),
    }
  }

  it('websockets_.tutorial001 says again what it is told', async () => {
    const client = connect(`${await serve(tutorial001)}/ws`)
    client.send('Message one')
    expect(await client.receive()).toBe('Message text was: Message one')
    client.send('Message two')
    expect(await client.receive()).toBe('Message text was: Message two')
    client.close()
    expect(await client.closed).toBe(1005)
  })

  it('websockets_.tutorial002 takes a cookie or a token', async () => {
    const url = await serve(tutorial002)
    const client = connect(`${url}/items/foo/ws`, { cookie: 'session=fakesession' })
    client.send('Message one')
    expect(await client.receive()).toBe('Session cookie or query token value is: fakesession')
    expect(await client.receive()).toBe('Message text was: Message one, for item ID: foo')

    const other = connect(`${url}/items/bar/ws?q=3&token=some-token`)
    other.send('Message two')
    expect(await other.receive()).toBe('Session cookie or query token value is: some-token')
    expect(await other.receive()).toBe('Query parameter q is: 3')
    expect(await other.receive()).toBe('Message text was: Message two, for item ID: bar')
  })

  it.each([
    ['without cookie and token', '/items/foo/ws'],
    ['with a query that is not valid', '/items/foo/ws?q=baz&token=some-token'],
  ])('websockets_.tutorial002 refuses the handshake %s', async (_what, path) => {
    const url = await serve(tutorial002)
    expect(await connect(url + path).closed).toBe(1006)
    expect(await handshake(url + path)).toBe(403)
  })

  it('websockets_.tutorial003 tells everybody', async () => {
    const url = await serve(tutorial003)
    const first = connect(`${url}/ws/1234`)
    first.send('Hello from 1234')
    expect(await first.receive()).toBe('You wrote: Hello from 1234')
    expect(await first.receive()).toBe('Client #1234 says: Hello from 1234')
    const second = connect(`${url}/ws/5678`)
    second.send('Hello from 5678')
    expect(await second.receive()).toBe('You wrote: Hello from 5678')
    expect(await second.receive()).toBe('Client #5678 says: Hello from 5678')
    expect(await first.receive()).toBe('Client #5678 says: Hello from 5678')
    second.close()
    expect(await first.receive()).toBe('Client #5678 left the chat')
  })

  it('app_testing.tutorial002 sends JSON', async () => {
    const client = connect(`${await serve(appTesting002)}/ws`)
    expect(JSON.parse(await client.receive())).toEqual({ msg: 'Hello WebSocket' })
    expect(await client.closed).toBe(1000)
  })
})
