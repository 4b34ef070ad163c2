import { monitorEventLoopDelay } from 'node:perf_hooks'
import { App, cors, dependency, sse, text, timeout } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const json = 'content-type: application/json'

function makeApp(): App {
  const app = new App({ logger: recorder().logger, docs: false })
  app.get('/ok', () => 'ok')
  app.post('/echo', { body: z.unknown(), maxBodyBytes: 100 }, ({ body }) => body)
  return app
}

async function expectServed(port: number): Promise<void> {
  const socket = new RawSocket(port)
  void socket.write(rawRequest('GET', '/ok', ['connection: close']))
  expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
  expect(await socket.closed).toBe('ended')
}

const problem = (status: number, title: string, code: string, detail: string) =>
  JSON.stringify({ type: 'about:blank', title, status, detail, code })

const late = problem(408, 'Request Timeout', 'request_timeout', 'The request did not arrive in time')
const bomb = problem(
  431,
  'Request Header Fields Too Large',
  'headers_too_large',
  'The headers of the request are larger than this server accepts',
)
const tooLarge = problem(413, 'Content Too Large', 'body_too_large', 'The body is larger than 100 bytes')

describe('headers', () => {
  it.each([
    ['many', Array.from({ length: 2_000 }, (_, index) => `x-${index}: ${index}`)],
    ['one of 20 KB', [`x-bomb: ${'x'.repeat(20_000)}`]],
    ['one of 1 MB', [`x-bomb: ${'x'.repeat(1_000_000)}`]],
  ])('too large, %s: 431, even while more of them come', async (_name, headers) => {
    const { port } = await serveHttp(makeApp())
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/ok', headers))
    expect(await socket.answer()).toMatchObject({ status: 431, body: bomb })
    await socket.write('x'.repeat(1_000_000))
    socket.end()
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })

  it('are all there up to the limit, however many', async () => {
    const app = makeApp()
    app.get('/count', ({ request }) => [...request.headers.keys()].length)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    // One more than Node would keep by itself is 2,001: short names, so that they fit into 16 KiB.
    const names = Array.from({ length: 2_100 }, (_, index) => `${index.toString(36)}:`)
    void socket.write(rawRequest('GET', '/count', names))
    expect((await socket.answer()).body).toBe('2101')
  })

  it('too large for a limit of our own', async () => {
    const { port } = await serveHttp(makeApp(), { maxHeaderBytes: 200 })
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/ok', [`x: ${'x'.repeat(200)}`]))
    expect(await socket.answer()).toMatchObject({ status: 431, body: bomb })
  })

  it.each(['headersTimeoutMs', 'requestTimeoutMs'])('that do not come in time: 408 (%s)', async (limit) => {
    const { port } = await serveHttp(makeApp(), { [limit]: 50 })
    const socket = new RawSocket(port)
    void socket.write('GET /ok HTTP/1.1\r\nhost: loc')
    expect(await socket.answer()).toMatchObject({ status: 408, body: late, headers: { connection: 'close' } })
    socket.end()
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })
})

describe('a body', () => {
  it('that does not come in time: 408', async () => {
    const { port } = await serveHttp(makeApp(), { headersTimeoutMs: 50, requestTimeoutMs: 60 })
    const socket = new RawSocket(port)
    void socket.write(`${rawRequest('POST', '/echo', [json, 'content-length: 10'])}{"a"`)
    expect(await socket.answer()).toMatchObject({ status: 408, body: late, headers: { connection: 'close' } })
    socket.end()
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })

  it('that the client still sends when it is refused: the answer arrives, and what comes is dropped', async () => {
    const { port } = await serveHttp(makeApp())
    const socket = new RawSocket(port)
    const size = 3_000_000
    void socket.write(rawRequest('POST', '/echo', [json, `content-length: ${size}`]))
    expect(await socket.answer()).toMatchObject({ status: 413, body: tooLarge })
    await socket.write('x'.repeat(size))
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })

  it('that the client still sends when the connection is to be closed: it is read first, and nothing behind it', async () => {
    const app = makeApp()
    let served = 0
    app.get('/count', () => ++served)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    const size = 3_000_000
    void socket.write(rawRequest('POST', '/echo', [json, 'connection: close', `content-length: ${size}`]))
    expect(await socket.answer()).toMatchObject({ status: 413, body: tooLarge, headers: { connection: 'close' } })
    await socket.write('x'.repeat(size) + rawRequest('GET', '/count'))
    socket.end()
    expect(await socket.closed).toBe('ended')
    expect(served).toBe(0)
  })

  it('without end, in chunks, is refused when it is too large, and cut after 4 MiB', async () => {
    const { port } = await serveHttp(makeApp())
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/echo', [json, 'transfer-encoding: chunked']))
    const chunk = `100000\r\n${'x'.repeat(1_048_576)}\r\n`
    let isCut = false
    void socket.closed.then(() => (isCut = true))
    void socket.write(chunk)
    expect(await socket.answer()).toMatchObject({ status: 413, body: tooLarge })
    let chunks = 1
    while (!isCut) {
      await Promise.race([socket.write(chunk), socket.closed])
      chunks++
    }
    // 4 MiB of them are read; the rest is what the system holds on its way.
    expect(chunks).toBeGreaterThan(4)
    expect(chunks).toBeLessThan(25)
    await expectServed(port)
  })

  it('that was refused and then stops coming: the connection is cut', async () => {
    const { port } = await serveHttp(makeApp())
    const socket = new RawSocket(port)
    void socket.write(rawRequest('POST', '/echo', [json, 'content-length: 3000000']))
    expect(await socket.answer()).toMatchObject({ status: 413, body: tooLarge })
    await socket.closed
    await expectServed(port)
  })
})

describe('a body of a mebibyte that is wrong everywhere', () => {
  it.each([
    ['objects without their keys', '{}'],
    ['values of a wrong type', '1'],
  ])('is refused before it keeps the process busy: %s', async (_name, item) => {
    const app = makeApp()
    const keys = Array.from({ length: 10 }, (_, index) => [`key${index}`, z.number()])
    app.post('/list', { body: z.array(z.object(Object.fromEntries(keys))) }, () => 'ok')
    const { port } = await serveHttp(app)
    const body = `[${`${item},`.repeat(Math.floor(1_048_570 / (item.length + 1)))}${item}]`
    const socket = new RawSocket(port)
    const delays = monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    void socket.write(rawRequest('POST', '/list', [json], body))
    expect(await socket.answer()).toMatchObject({
      status: 413,
      body: problem(413, 'Content Too Large', 'too_many_values', 'The body has more than 100000 values'),
    })
    delays.disable()
    // Without the limit it is some seconds; with it, the time to look at each character.
    expect(delays.max / 1e6).toBeLessThan(1_000)
    await expectServed(port)
  })
})

describe('an idle connection', () => {
  it('is closed', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs: 20 })
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
    expect(await socket.closed).toBe('ended')
    await expectServed(port)
  })
})

describe('a handler that takes too long', () => {
  it.each([
    ['timeoutMs', { timeoutMs: 10 }],
    ['timeout()', { use: [timeout(10)] }],
  ])('gets 504 by %s and an aborted signal; what it uses stays open until it ends', async (_name, spec) => {
    const app = makeApp()
    const events: string[] = []
    const release = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const resource = dependency(async function* () {
      try {
        yield 'resource'
      } finally {
        events.push('closed')
        closed.resolve()
      }
    })
    app.get('/slow', { ...spec, deps: { resource } }, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      events.push(`aborted: ${(signal.reason as Error).message}`)
      await release.promise
      events.push('ended')
      return 'too late'
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/slow'))
    const detail = 'The answer was not ready within 10 ms'
    expect(await socket.answer()).toMatchObject({
      status: 504,
      body: problem(504, 'Gateway Timeout', 'timed_out', detail),
    })
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
    expect(events).toEqual([`aborted: ${detail}`])
    release.resolve()
    await closed.promise
    expect(events).toEqual([`aborted: ${detail}`, 'ended', 'closed'])
  })
})

describe('a body that is not there when the time for the answer is over', () => {
  it.each(['read by Millrace', 'read by the handler'])('%s: 408', async (reader) => {
    const app = makeApp()
    const spec = { timeoutMs: 10, ...(reader === 'read by Millrace' ? { body: text() } : {}) }
    app.post('/slow', spec, ({ request }) => request.text())
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(`${rawRequest('POST', '/slow', ['content-type: text/plain', 'content-length: 10'])}abc`)
    expect(await socket.answer()).toMatchObject({
      status: 408,
      body: problem(408, 'Request Timeout', 'request_timeout', 'The body did not come within 10 ms'),
      headers: { connection: 'close' },
    })
    await expectServed(port)
  })
})

it('answers once where two times run out while a body comes', async () => {
  const app = makeApp()
  app.post('/slow', { timeoutMs: 10, body: text() }, ({ body }) => body)
  const { port } = await serveHttp(app, { requestTimeoutMs: 60 })
  const socket = new RawSocket(port)
  void socket.write(`${rawRequest('POST', '/slow', ['content-type: text/plain', 'content-length: 10'])}abc`)
  expect((await socket.answer()).status).toBe(408)
  await expect(socket.bytes(1)).rejects.toThrow(/ended after: $/)
})

describe('a limit', () => {
  const never = [Number.POSITIVE_INFINITY, 2 ** 31, 1e300]

  it.each(never)('of %d ms does not run out at once', async (ms) => {
    const app = new App({ logger: recorder().logger, timeoutMs: ms, heartbeatMs: ms })
    const work = () => new Promise((resolve) => setTimeout(resolve, 20))
    app.get('/plain', () => work().then(() => 'done'))
    app.get('/own', { timeoutMs: ms, use: [timeout(ms)] }, () => work().then(() => 'done'))
    app.get('/stream', { response: sse(z.int()) }, async function* () {
      await work()
      yield 1
    })
    const { request, close } = await serveHttp(app, {
      headersTimeoutMs: ms,
      requestTimeoutMs: ms,
      keepAliveTimeoutMs: ms,
      sendTimeoutMs: ms,
    })
    expect(await (await request('/plain')).text()).toBe('done')
    expect(await (await request('/own')).text()).toBe('done')
    expect(await (await request('/stream')).text()).toBe('data: 1\n\n')
    await close()
  })

  const wrong = [-1, Number.NaN, '1000' as never]

  it.each([0, ...wrong])('of %s ms is refused before anything is served', async (ms) => {
    const refusal = { code: 'invalid_option', message: expect.stringContaining('a positive number of milliseconds') }
    const app = new App()
    app.get('/', { timeoutMs: ms }, () => 1)
    expect(() => app.plans).toThrow(expect.objectContaining(refusal))
    expect(() => timeout(ms)).toThrow(expect.objectContaining(refusal))
    expect(() => new App({ timeoutMs: ms })).toThrow(expect.objectContaining(refusal))
    expect(() => new App({ heartbeatMs: ms })).toThrow(expect.objectContaining(refusal))
    const limits = { requestTimeoutMs: ms }
    await expect(new App().listen({ port: 0, signals: false, limits })).rejects.toMatchObject(refusal)
  })

  it.each(wrong)('of %s bytes, values or seconds is refused', (value) => {
    const refusal = { code: 'invalid_option', message: expect.stringContaining('a number from 0') }
    const app = new App()
    app.post('/', { maxBodyBytes: value }, () => 1)
    expect(() => app.plans).toThrow(expect.objectContaining(refusal))
    expect(() => new App({ maxBodyBytes: value })).toThrow(expect.objectContaining(refusal))
    expect(() => new App({ maxBodyValues: value })).toThrow(expect.objectContaining(refusal))
    expect(() => new App().mount('/m', new App(), { maxBodyBytes: value })).toThrow(expect.objectContaining(refusal))
    expect(() => cors({ origins: '*', maxAgeSeconds: value })).toThrow(expect.objectContaining(refusal))
  })

  it.each(wrong)('of %s ms for a shutdown is refused, and the app serves on', async (graceMs) => {
    const refusal = { code: 'invalid_option' }
    const app = new App()
    await expect(app.listen({ port: 0, signals: false, graceMs })).rejects.toMatchObject(refusal)
    await expect(app.listen({ port: 0, signals: false, idleGraceMs: graceMs })).rejects.toMatchObject(refusal)
    await expect(app.stop({ graceMs })).rejects.toMatchObject(refusal)
    expect((await app.request('/livez')).status).toBe(200)
    await app.stop()
  })
})

it('tells of a request whose body does not come in time what its client was told', async () => {
  const app = new App({ logger: recorder().logger, docs: false })
  app.post('/', { body: text() }, ({ body }) => body)
  const told = new Promise((resolve) => {
    app.on('request:sent', ({ answer: { status }, outcome }) => resolve([status, outcome]))
  })
  const { port } = await serveHttp(app, { requestTimeoutMs: 50 })
  const socket = new RawSocket(port)
  void socket.write(`${rawRequest('POST', '/', ['content-type: text/plain', 'content-length: 10'])}abc`)
  expect((await socket.answer()).status).toBe(408)
  expect(await told).toEqual([408, 'sent'])
  await expect(socket.bytes(1)).rejects.toThrow(/ended after: $/)
})
