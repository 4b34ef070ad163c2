import { monitorEventLoopDelay } from 'node:perf_hooks'
import { App, dependency, timeout } from 'millrace'
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

  it('that do not come in time: 408', async () => {
    const { port } = await serveHttp(makeApp(), { headersTimeoutMs: 50 })
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
