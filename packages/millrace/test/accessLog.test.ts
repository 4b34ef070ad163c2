import {
  type AccessEntry,
  App,
  compress,
  fail,
  type Logger,
  requestId,
  silentLogger,
  sse,
  staticFiles,
  text,
} from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { getFrame, preface } from './support/http2.ts'
import { closeFrame, destroyAfterEach, handshake, RawWebSocket } from './support/rawWebSocket.ts'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { folder, write } from './support/servedFiles.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

/** Entries in their order, to be waited for. */
function entries() {
  const ready: AccessEntry[] = []
  const waiting: ((entry: AccessEntry) => void)[] = []
  return {
    accessLog: (entry: AccessEntry) => {
      const first = waiting.shift()
      if (first) first(entry)
      else ready.push(entry)
    },
    next: (): Promise<AccessEntry> => {
      const entry = ready.shift()
      return entry ? Promise.resolve(entry) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}

/** What does not vary. */
const facts = ({ method, path, route, status, bodyBytes, outcome }: AccessEntry) =>
  `${method} ${path} ${route} ${status} ${bodyBytes} ${outcome}`

write('style.css', 'body {}')

describeTransports('an access log', (serve) => {
  it('tells of every answer, whoever has given it', async () => {
    const log = entries()
    const app = new App({ accessLog: log.accessLog, logger: recorder().logger, docs: false })
    app.get('/items/:id', ({ params }) => ({ id: params.id }))
    app.get('/empty', () => undefined)
    app.get('/refused', () => fail(403))
    app.get('/response', () => new Response('text'))
    app.post('/sum', { body: z.object({ a: z.int() }), maxBodyBytes: 20 }, ({ body }) => body.a)
    app.mount('/static', staticFiles({ directory: folder }))
    app.mount(
      '/other',
      new App({ docs: false }).mount('/', () => new Response('from elsewhere')),
    )
    const { request } = await serve(app)
    const told = async (path: string, init?: RequestInit) => {
      const response = await request(path, init)
      const size = (await response.arrayBuffer()).byteLength
      const entry = await log.next()
      expect([entry.status, entry.bodyBytes], path).toEqual([response.status, size])
      return facts(entry)
    }
    const json = (body: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await told('/items/a%20b?token=secret')).toBe('GET /items/a%20b /items/:id 200 12 sent')
    expect(await told('/items/1', { method: 'HEAD' })).toBe('HEAD /items/1 /items/:id 200 0 sent')
    expect(await told('/empty')).toBe('GET /empty /empty 204 0 sent')
    expect(await told('/refused')).toBe('GET /refused /refused 403 76 sent')
    expect(await told('/response')).toBe('GET /response /response 200 4 sent')
    expect(await told('/sum', json('{"a":"1"}'))).toMatch(/^POST \/sum \/sum 422 \d+ sent$/)
    expect(await told('/sum', json(`{"a":${'1'.repeat(20)}}`))).toMatch(/^POST \/sum \/sum 413 \d+ sent$/)
    expect(await told('/nowhere')).toMatch(/^GET \/nowhere undefined 404 \d+ sent$/)
    expect(await told('/sum', { method: 'PUT' })).toMatch(/^PUT \/sum \/sum 405 \d+ sent$/)
    expect(await told('/static/style.css')).toBe('GET /static/style.css /static/* 200 7 sent')
    expect(await told('/other/deep')).toBe('GET /other/deep /other/* 200 14 sent')
    expect(await told('/livez')).toBe('GET /livez undefined 200 18 sent')
  })

  it('tells of faults, and of an answer that took the place of one that could not be sent', async () => {
    const log = entries()
    const errors = recorder()
    const app = new App({ accessLog: log.accessLog, logger: errors.logger, docs: false })
    const seen: string[] = []
    app.on('error', ({ error }) => seen.push((error as Error).message))
    app.on('request:end', ({ answer }) => seen.push(`ended with ${answer.status}`))
    app.get('/broken', () => {
      throw new TypeError('broken')
    })
    app.use(async (context, next) => {
      const answer = await next()
      if (context.path === '/unsent') answer.status = 1000
    })
    app.get('/unsent', () => 'never')
    const { request } = await serve(app)
    expect((await request('/broken')).status).toBe(500)
    expect(facts(await log.next())).toMatch(/^GET \/broken \/broken 500 \d+ sent$/)
    expect((await request('/unsent')).status).toBe(500)
    expect(facts(await log.next())).toMatch(/^GET \/unsent \/unsent 500 \d+ sent$/)
    await app.idle()
    const [, unsent] = errors.takeErrors()
    expect(unsent?.message).toBe('An answer could not be sent')
    expect(seen).toEqual(['broken', 'ended with 500', unsent?.error, 'ended with 500'])
  })

  it('tells of a stream when it ends, with what was sent, and of one that breaks off', async () => {
    const log = entries()
    const errors = recorder()
    const app = new App({ accessLog: log.accessLog, logger: errors.logger, docs: false })
    const release = Promise.withResolvers<void>()
    app.get('/events', { response: sse(z.string()) }, async function* () {
      yield 'one'
      await release.promise
      yield 'two'
    })
    app.get('/broken', () => {
      const chunks = ['first', 'second'].map((chunk) => new TextEncoder().encode(chunk))
      return new ReadableStream({
        pull: (controller) => {
          const chunk = chunks.shift()
          if (chunk) controller.enqueue(chunk)
          else controller.error(new Error('torn'))
        },
      })
    })
    const { request } = await serve(app)
    const startedAt = performance.now()
    const response = await request('/events')
    const pending = log.next()
    expect(await Promise.race([pending.then(facts), Promise.resolve('not yet')])).toBe('not yet')
    release.resolve()
    expect(await response.text()).toBe('data: "one"\n\ndata: "two"\n\n')
    expect(facts(await pending)).toBe('GET /events /events 200 26 sent')
    const { durationMs } = await pending
    expect(durationMs > 0 && durationMs <= performance.now() - startedAt).toBe(true)

    await (await request('/broken')).text().catch(() => undefined)
    expect(facts(await log.next())).toBe('GET /broken /broken 200 11 failed')
    expect(errors.takeErrors().map(({ error }) => error)).toEqual(['torn'])
  })

  it('takes a stream of events that tells of its failure for sent', async () => {
    const log = entries()
    const errors = recorder()
    const app = new App({ accessLog: log.accessLog, logger: errors.logger, docs: false })
    app.get('/events', { response: sse(z.string()) }, async function* () {
      yield 'one'
      throw new Error('torn')
    })
    const { request } = await serve(app)
    const body = await (await request('/events')).text()
    expect(body).toMatch(/^data: "one"\n\nevent: error\ndata: \{.*"internal_error"\}\n\n$/)
    expect(facts(await log.next())).toBe(`GET /events /events 200 ${body.length} sent`)
    expect(errors.takeErrors().map(({ error }) => error)).toEqual(['torn'])
  })

  it('does not wait for the work after the answer, and counts what is sent', async () => {
    const log = entries()
    const app = new App({ accessLog: log.accessLog, docs: false })
    app.use(compress({ minBytes: 0 }))
    const isLogged = Promise.withResolvers<void>()
    app.get('/', { response: text() }, ({ after }) => {
      after(() => isLogged.promise)
      return 'a'.repeat(10_000)
    })
    const { request } = await serve(app)
    const response = await request('/', { headers: { 'accept-encoding': 'gzip' } })
    await response.arrayBuffer()
    const { bodyBytes } = await log.next()
    isLogged.resolve()
    expect(bodyBytes > 0 && bodyBytes < 200).toBe(true)
  })

  it('is written by the logger of the app, with the id of the request, and nothing that is secret', async () => {
    const lines: unknown[] = []
    const logger: Logger = { ...silentLogger, info: (message, fields) => lines.push([message, fields]) }
    const app = new App({ accessLog: true, logger, trustProxy: 1, docs: false })
    app.use(requestId())
    app.get('/items/:id', () => 'fine')
    const { request } = await serve(app)
    const headers = {
      'x-request-id': 'order-17',
      'x-forwarded-for': '203.0.113.9',
      authorization: 'Bearer secret',
      cookie: 'session=secret',
    }
    await (await request('/items/3?key=secret', { headers })).text()
    await app.idle()
    const entry = {
      request: 'order-17',
      method: 'GET',
      path: '/items/3',
      route: '/items/:id',
      status: 200,
      bodyBytes: 4,
      durationMs: expect.any(Number),
      clientAddress: '203.0.113.9',
      outcome: 'sent',
    }
    expect(lines).toEqual([['Answered', entry]])
  })

  it('that fails is logged, and changes nothing', async () => {
    const errors = recorder()
    const accessLog = () => {
      throw new Error('full')
    }
    const app = new App({ accessLog, logger: errors.logger, docs: false })
    app.get('/', () => 'fine')
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('fine')
    await app.idle()
    expect(errors.takeErrors()).toEqual([{ message: "A listener of 'request:sent' failed", error: 'full' }])
  })

  it('is one for a copy, too', async () => {
    const log = entries()
    const app = new App({ accessLog: log.accessLog, docs: false })
    app.get('/', () => 'fine')
    const { request } = await serve(app.with())
    await (await request('/')).text()
    await (await request('/?again')).text()
    expect([facts(await log.next()), facts(await log.next())]).toEqual(Array(2).fill('GET / / 200 4 sent'))
    expect(await Promise.race([log.next(), Promise.resolve('no more')])).toBe('no more')
  })
})

describe.each(['http', 'net'] as const)('an access log (%s)', (transport) => {
  it('marks clients that have left: before the answer, and in the middle of a stream', async () => {
    const log = entries()
    const app = new App({ accessLog: log.accessLog, logger: recorder().logger, docs: false })
    const come = Promise.withResolvers<void>()
    app.get('/slow', async ({ signal }) => {
      const left = new Promise((resolve) => signal.addEventListener('abort', resolve))
      come.resolve()
      await left
      return 'too late'
    })
    app.get('/events', { response: sse(z.string()) }, async function* ({ signal }) {
      yield 'one'
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    const { port } = await serveHttp(app, undefined, transport)
    const impatient = new RawSocket(port)
    void impatient.write(rawRequest('GET', '/slow'))
    await come.promise
    impatient.destroy()
    const entry = await log.next()
    expect(facts(entry)).toBe('GET /slow /slow 200 0 client_closed')
    expect(entry.clientAddress).toBe('127.0.0.1')

    const reader = new RawSocket(port)
    void reader.write(rawRequest('GET', '/events'))
    await reader.until('data: "one"')
    reader.destroy()
    expect(facts(await log.next())).toBe('GET /events /events 200 13 client_closed')
  })

  it('tells of a WebSocket at its end, and of a handshake that is refused', async () => {
    const log = entries()
    const app = new App({ accessLog: log.accessLog, logger: recorder().logger, docs: false })
    app.ws('/chat/:room', { params: z.object({ room: z.enum(['lobby']) }) }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    const inner = new App({ docs: false })
    inner.ws('/echo', async ({ socket }) => void (await socket.receive()))
    app.mount('/inner', inner)
    const { port } = await serveHttp(app, undefined, transport)
    const client = await RawWebSocket.open(port, '/chat/lobby?token=secret')
    const pending = log.next()
    expect(await Promise.race([pending.then(facts), Promise.resolve('not yet')])).toBe('not yet')
    await client.send(closeFrame(1000))
    expect(facts(await pending)).toBe('GET /chat/lobby /chat/:room 101 0 sent')

    const below = await RawWebSocket.open(port, '/inner/echo')
    await below.send(closeFrame(1000))
    expect(facts(await log.next())).toBe('GET /inner/echo /inner/* 101 0 sent')

    const refused = new RawSocket(port)
    void refused.write(handshake('/chat/attic'))
    expect((await refused.answer()).status).toBe(422)
    expect(facts(await log.next())).toMatch(/^GET \/chat\/attic \/chat\/:room 422 \d+ sent$/)
  })
})

describe.each(['http', 'net', 'http2'] as const)('an access log of a stop (%s)', (transport) => {
  it('tells once of a request that is cut, with the answer that it would have had', async () => {
    const log: string[] = []
    const warnings: unknown[] = []
    const logger: Logger = { ...silentLogger, warn: (message, fields) => warnings.push([message, fields]) }
    const app = new App({ accessLog: (entry) => log.push(facts(entry)), logger, docs: false })
    const events: string[] = []
    app.on('request:answer', ({ context, answer }) => events.push(`answer ${context.path} ${answer.status}`))
    app.on('request:end', ({ context, answer }) => events.push(`end ${context.path} ${answer.status}`))
    const [come, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    app.get('/hang', async () => {
      come.resolve()
      await release.promise
      return 'too late'
    })
    app.get('/after', ({ after }) => {
      after(() => release.promise)
      return 'sent'
    })
    const server = await app.listen({ port: 0, signals: false, graceMs: 1, transport })
    const [hung, working] = [new RawSocket(server.port), new RawSocket(server.port)]
    void working.write(rawRequest('GET', '/after'))
    expect((await working.answer()).body).toBe('sent')
    void hung.write(transport === 'http2' ? Buffer.concat([preface, getFrame(1, '/hang')]) : rawRequest('GET', '/hang'))
    await come.promise
    await server.close()
    const toldOf = { log: [...log], events: [...events] }
    expect(toldOf).toEqual({
      log: ['GET /after /after 200 4 sent', 'GET /hang /hang 503 0 client_closed'],
      events: ['answer /after 200', 'end /after 200', 'end /hang 503'],
    })
    expect(warnings).toEqual([['Requests were still running when the server stopped', { requests: 2 }]])
    release.resolve()
    await app.idle()
    expect({ log, events }).toEqual(toldOf)
  })
})
