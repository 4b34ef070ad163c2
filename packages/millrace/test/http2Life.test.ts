import { once } from 'node:events'
import { type ClientHttp2Stream, connect, constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import { App, bytes, sse } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { frame, getFrame, preface } from './support/http2.ts'
import { serveHttp2 } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

/** Resolves to the status and code of a problem, and how the stream has ended. */
async function refusalOf(stream: ClientHttp2Stream): Promise<unknown[]> {
  const closed = once(stream, 'close')
  const [headers] = await once(stream, 'response')
  const { status, code } = JSON.parse(await text(stream)) as { status: number; code: string }
  await closed
  expect(status).toBe(headers[':status'])
  return [status, code, stream.rstCode]
}

const endOf = (stream: ClientHttp2Stream) =>
  new Promise<number>((resolve) => {
    stream.on('error', () => undefined).on('close', () => resolve(stream.rstCode))
    stream.resume()
  })

const { NGHTTP2_CANCEL: cancelled, NGHTTP2_NO_ERROR: noError, NGHTTP2_ENHANCE_YOUR_CALM: calm } = constants
const post = { ':method': 'POST', 'content-type': 'text/plain' }

describe('limits of HTTP/2', () => {
  it('are told to clients', async () => {
    const { client } = await serveHttp2(new App({ docs: false, logger: false }), { maxHeaderBytes: 1_000 })
    await client.request('/')
    const { maxConcurrentStreams, enableConnectProtocol } = client.session.remoteSettings
    expect({ maxConcurrentStreams, enableConnectProtocol }).toEqual({
      maxConcurrentStreams: 100,
      enableConnectProtocol: false,
    })
  })

  it('hold for headers: 431 for those that are too large, an error of the stream for twice as many', async () => {
    const app = new App({ docs: false, logger: false })
    app.get('/', () => 'hello')
    const { client } = await serveHttp2(app, { maxHeaderBytes: 1_000 })
    // Each header counts 32 bytes besides its own (RFC 9113, section 10.5.1).
    expect((await client.request('/', { headers: { 'x-a': 'x'.repeat(600) } })).status).toBe(200)
    const ask = (size: number) => client.session.request({ 'x-a': 'x'.repeat(size) })
    expect(await refusalOf(ask(1_000))).toEqual([431, 'headers_too_large', noError])
    expect(await endOf(ask(3_000))).toBe(calm)
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'y']))
    expect(await refusalOf(client.session.request(many))).toEqual([431, 'headers_too_large', noError])
    expect(await (await client.request('/')).text()).toBe('hello')
  })

  it('hold for bodies, announced or not, without an end to the connection', async () => {
    const app = new App({ docs: false, logger: false, maxBodyBytes: 1_000 })
    app.post('/', { body: bytes() }, ({ body }) => body.length)
    const { client } = await serveHttp2(app)
    const announced = client.session.request({ ...post, 'content-length': 1_001 })
    expect(await refusalOf(announced)).toEqual([413, 'body_too_large', noError])
    const endless = client.session.request(post)
    endless.write('x'.repeat(1_001))
    expect(await refusalOf(endless)).toEqual([413, 'body_too_large', noError])
    const whole = client.session.request(post)
    whole.end('x'.repeat(1_000))
    expect(await text(whole)).toBe('1000')
  })

  it('hold for requests that never come to their end', async () => {
    const app = new App({ docs: false, logger: false })
    const reasons: unknown[] = []
    app.post('/', { body: bytes() }, ({ body }) => body.length)
    const left = Promise.withResolvers<void>()
    app.post('/waits', ({ signal }) => {
      signal.addEventListener('abort', () => {
        reasons.push((signal.reason as { code?: string }).code)
        left.resolve()
      })
      return left.promise
    })
    const { client } = await serveHttp2(app, { requestTimeoutMs: 100 })
    const slow = client.session.request({ ...post, ':path': '/' })
    slow.write('x')
    expect(await refusalOf(slow)).toEqual([408, 'request_timeout', noError])
    const unread = client.session.request({ ...post, ':path': '/waits' })
    unread.write('x')
    expect(await refusalOf(unread)).toEqual([408, 'request_timeout', noError])
    await left.promise
    expect(reasons).toEqual(['client_closed'])
  })

  it('hold for connections without a request, and between requests', async () => {
    const app = new App({ docs: false, logger: false })
    app.get('/', () => 'hello')
    const { client, port } = await serveHttp2(app, { headersTimeoutMs: 100, keepAliveTimeoutMs: 200 })
    const goaway = once(client.session, 'goaway')
    await client.request('/')
    expect((await goaway)[0]).toBe(noError)
    await once(client.session, 'close')
    for (const first of ['', 'PR', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      const socket = new RawSocket(port)
      if (first !== '') await socket.write(first)
      expect(await socket.closed).toBe('ended')
    }
    const half = new RawSocket(port)
    await half.write('P')
    half.end()
    expect(await half.closed).toBe('ended')
  })

  it('cost no handler for requests that are taken back in the packet in which they come', async () => {
    const app = new App({ docs: false, logger: false })
    const called: string[] = []
    app.get('/taken-back', () => called.push('taken back'))
    app.get('/kept', () => called.push('kept'))
    const kept = new Promise((resolve) => app.on('request:sent', resolve))
    const { port } = await serveHttp2(app)
    const takenBack = (stream: number) =>
      Buffer.concat([getFrame(stream, '/taken-back'), frame(3, 0, stream, Buffer.from([0, 0, 0, cancelled]))])
    const streams = (count: number) => Array.from({ length: count }, (_, index) => 2 * index + 1)
    await new RawSocket(port).write(Buffer.concat([preface, ...streams(50).map(takenBack), getFrame(101, '/kept')]))
    await kept
    expect(called).toEqual(['kept'])
    const rapid = new RawSocket(port)
    await rapid.write(Buffer.concat([preface, ...streams(700).map(takenBack)]))
    await rapid.closed
    expect(called).toEqual(['kept'])
  })

  it('hold for requests that are taken back as soon as they are made', async () => {
    const app = new App({ docs: false, logger: false })
    let count = 0
    app.get('/', async ({ signal }) => {
      count++
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    app.get('/ok', () => 'ok')
    const { client, port } = await serveHttp2(app)
    const goaway = once(client.session, 'goaway')
    const flood = setInterval(() => {
      if (client.session.destroyed || client.session.closed) return
      for (let number = 0; number < 50; number++) {
        const stream = client.session.request({ ':path': '/' })
        stream.on('error', () => undefined)
        stream.close(cancelled)
      }
    }, 1)
    expect((await goaway)[0]).toBe(calm)
    clearInterval(flood)
    // What was forgiven by the clock, and what came in the same packet, besides.
    expect(count).toBeLessThan(250)
    expect(await (await fetch(`http://127.0.0.1:${port}/ok`)).text()).toBe('ok')
  })
})

describe('a client of HTTP/2 that has the server take its requests back (CVE-2025-8671)', () => {
  it.each<[string, (stream: number) => Buffer]>([
    ['by a window that grows by nothing', (stream) => frame(8, 0, stream, Buffer.alloc(4))],
    ['by one that is too large', (stream) => frame(8, 0, stream, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
    ['by data after the end', (stream) => frame(0, 0, stream, Buffer.from('x'))],
  ])('is cut as if it did so itself: %s', async (_how, fault) => {
    const app = new App({ docs: false, logger: false })
    let count = 0
    app.get('/', async ({ signal }) => {
      count++
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    app.get('/ok', () => 'ok')
    const { port } = await serveHttp2(app)
    const socket = new RawSocket(port)
    let isOver = false
    void socket.closed.then(() => (isOver = true))
    await socket.write(preface)
    const other = new RawSocket(port)
    for (let stream = 1; stream < 1_000 && !isOver; stream += 2) {
      void socket.write(getFrame(stream, '/'))
      // By this answer the handler has been called.
      await other.write(rawRequest('GET', '/ok'))
      expect((await other.answer()).body).toBe('ok')
      void socket.write(fault(stream))
    }
    await socket.closed
    expect(count).toBeLessThan(250)
  })
})

describe('a client of HTTP/2', () => {
  it('that leaves a request, or its connection, ends what was done for it', async () => {
    const app = new App({ docs: false, logger: false })
    const told: string[] = []
    let onTold: () => void = () => undefined
    const tell = (text: string) => {
      told.push(text)
      onTold()
    }
    const until = async (count: number) => {
      while (told.length < count) await new Promise<void>((resolve) => (onTold = resolve))
    }
    app.get('/waits', async ({ signal }) => {
      tell('waits')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      tell(`aborted: ${(signal.reason as { code?: string }).code}`)
    })
    app.get('/events', { response: sse(z.number()) }, async function* ({ signal }) {
      try {
        yield 1
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      } finally {
        tell('events ended')
      }
    })
    const { client } = await serveHttp2(app)
    const waiting = client.session.request({ ':path': '/waits' })
    waiting.on('error', () => undefined)
    await until(1)
    waiting.close(cancelled)
    await until(2)
    const events = client.session.request({ ':path': '/events' })
    await once(events, 'data')
    events.close(cancelled)
    await until(3)
    const [other, another] = ['/waits', '/events'].map((path) => client.session.request({ ':path': path }))
    other?.on('error', () => undefined)
    another?.on('error', () => undefined)
    await Promise.all([until(4), once(another as ClientHttp2Stream, 'data')])
    client.session.destroy()
    await until(6)
    expect(told.slice(0, 4)).toEqual(['waits', 'aborted: client_closed', 'events ended', 'waits'])
    expect(told.slice(4).sort()).toEqual(['aborted: client_closed', 'events ended'])
  })

  it('that does not read keeps a stream from being made, and others go on', async () => {
    const app = new App({ docs: false, logger: false })
    let made = 0
    app.get('/endless', { response: bytes() }, async function* () {
      for (; made < 1_000; made++) yield Buffer.alloc(16 * 1024)
    })
    app.get('/', () => 'hello')
    const { client } = await serveHttp2(app)
    const stream = client.session.request({ ':path': '/endless' })
    await once(stream, 'response')
    for (let before = -1; before !== made || made === 0; ) {
      before = made
      for (let turn = 0; turn < 20; turn++) expect(await (await client.request('/')).text()).toBe('hello')
    }
    // The window of a stream is 64 KiB; Node's buffers hold about as much again.
    expect(made).toBeLessThan(50)
    let length = 0
    for await (const piece of stream) length += (piece as Buffer).length
    expect([made, length]).toEqual([1_000, 16_384_000])
  })

  it('sends no more of a body than is read of it', async () => {
    const app = new App({ docs: false, logger: false, maxBodyBytes: 100_000_000 })
    const gate = Promise.withResolvers<void>()
    app.post('/', async ({ request: { body } }) => {
      await gate.promise
      let length = 0
      for await (const piece of body ?? []) length += piece.length
      return length
    })
    app.get('/', () => 'hello')
    const { client } = await serveHttp2(app)
    const stream = client.session.request(post)
    let isSent = false
    stream.write(Buffer.alloc(10_000_000), () => (isSent = true))
    for (let turn = 0; turn < 50; turn++) await client.request('/')
    expect(isSent).toBe(false)
    gate.resolve()
    stream.end()
    expect(await text(stream)).toBe('10000000')
  })
})

describe('a server of HTTP/2 that stops', () => {
  it('says so, answers what has come, and takes no more', async () => {
    const app = new App({ docs: false, logger: false })
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    app.get('/', async () => {
      begun.resolve()
      await gate.promise
      return 'done'
    })
    const server = await app.listen({ port: 0, signals: false, graceMs: 10_000, transport: 'http2' })
    const [session, idle] = [connect(server.url), connect(server.url)]
    await once(idle, 'remoteSettings')
    const stream = session.request({ ':path': '/' })
    await begun.promise
    const told = [once(session, 'goaway'), once(idle, 'close')]
    const over = once(session, 'close')
    const closed = server.close()
    await Promise.all(told)
    await expect(new Promise((_, reject) => connect(server.url).on('error', reject))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    gate.resolve()
    expect(await text(stream)).toBe('done')
    await Promise.all([closed, over])
  })

  it('cuts what does not end in time', async () => {
    const app = new App({ docs: false, logger: false })
    app.get('/', { response: sse(z.number()) }, async function* () {
      yield 1
      await new Promise<never>(() => undefined)
    })
    const server = await app.listen({ port: 0, signals: false, graceMs: 50, transport: 'http2' })
    const session = connect(server.url)
    session.on('error', () => undefined)
    const stream = session.request({ ':path': '/' })
    await once(stream, 'data')
    const ended = endOf(stream)
    await server.close()
    expect(await ended).not.toBe(noError)
  })
})
