import { Answer, App, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

function makeApp(options: { readonly maxBodyBytes?: number } = {}): App {
  const app = new App({ logger: recorder().logger, docs: false, ...options })
  app.get('/ok', () => 'ok')
  app.post('/text', { body: text() }, ({ body }) => body.length)
  app.get('/stream', { response: sse(z.number()) }, async function* () {
    yield 1
    yield 2
  })
  return app
}

const serveNet = (app: App) => serveHttp(app, undefined, 'net')

describe('HTTP/1.0', () => {
  it('stays open where the client asks for it, and is told so', async () => {
    const { port } = await serveNet(makeApp())
    const socket = new RawSocket(port)
    for (let count = 0; count < 2; count++) {
      void socket.write('GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
      expect(await socket.answer()).toMatchObject({ body: 'ok', headers: { connection: 'keep-alive' } })
    }
  })

  it('gets a stream without chunks, which ends with the connection', async () => {
    const { port } = await serveNet(makeApp())
    const socket = new RawSocket(port)
    void socket.write('GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    const head = await socket.until('\r\n\r\n')
    expect(head).toMatch(/^connection: close\r$/m)
    expect(head).not.toMatch(/^transfer-encoding/m)
    expect(await socket.until('data: 2\n\n')).toBe('data: 1\n\ndata: 2\n\n')
    expect(await socket.closed).toBe('ended')
  })
})

describe('pipelined requests', () => {
  it('are at work 64 at a time, and all answered in order', async () => {
    const app = makeApp()
    const waiting: (() => void)[] = []
    const full = Promise.withResolvers<void>()
    let count = 0
    app.get('/wait', async () => {
      const number = count++
      if (count === 64) full.resolve()
      await new Promise<void>((resolve) => waiting.push(resolve))
      return number
    })
    const { port, request } = await serveNet(app)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', '/wait').repeat(200))
    await full.promise
    // Another connection's request has been through by the time of its answer; a 65th would have, too.
    expect(await (await request('/ok')).text()).toBe('ok')
    expect(count).toBe(64)
    const answers: string[] = []
    const read = async () => {
      while (answers.length < 200) answers.push((await socket.answer()).body)
    }
    // The newest first, so that none but the order of the requests is the order of the answers.
    const release = async () => {
      while (answers.length < 200) {
        waiting.pop()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await Promise.all([read(), release()])
    expect(answers).toEqual(Array.from({ length: 200 }, (_, number) => String(number)))
  })

  it('are not read while the answers to those before are not', async () => {
    const app = makeApp()
    let count = 0
    app.get('/large', () => {
      count++
      return 'x'.repeat(100_000)
    })
    const { port, request } = await serveNet(app)
    const socket = new RawSocket(port, { isPaused: true })
    void socket.write(rawRequest('GET', '/large').repeat(1_000))
    for (let before = -1; before !== count || count === 0; ) {
      before = count
      for (let turn = 0; turn < 20; turn++) await request('/ok')
    }
    // 100 MB in all; the system holds some MB of a connection on this machine.
    expect(count).toBeLessThan(500)
    socket.resume()
    for (let number = 0; number < 1_000; number++) expect((await socket.answer()).body).toHaveLength(100_000)
    expect(count).toBe(1_000)
  }, 60_000)
})

describe('a body', () => {
  it('that nobody takes is not read on, until someone does', async () => {
    const app = makeApp({ maxBodyBytes: 100_000_000 })
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    app.post('/later', async ({ request: { body } }) => {
      begun.resolve()
      await gate.promise
      let length = 0
      for await (const piece of body ?? []) length += piece.length
      return length
    })
    const { port, request } = await serveNet(app)
    const socket = new RawSocket(port)
    const size = 50_000_000
    let isSent = false
    void socket.write(rawRequest('POST', '/later', [`content-length: ${size}`]))
    await begun.promise
    const sent = socket.write(Buffer.alloc(size, 'x')).then(() => (isSent = true))
    for (let turn = 0; turn < 100; turn++) await request('/ok')
    expect(isSent).toBe(false)
    gate.resolve()
    await sent
    expect((await socket.answer()).body).toBe(String(size))
  })

  it('in a thousand chunks of one byte is whole', async () => {
    const { port } = await serveNet(makeApp())
    const socket = new RawSocket(port)
    const head = rawRequest('POST', '/text', ['content-type: text/plain', 'transfer-encoding: chunked'])
    void socket.write(`${head}${'1\r\nx\r\n'.repeat(3_000)}0\r\n\r\n`)
    expect((await socket.answer()).body).toBe('3000')
  })
})

describe('an answer', () => {
  it('has a date, unless it brings one, and no second opinion of its connection', async () => {
    const app = makeApp()
    app.get('/dated', () => new Answer(200, ['date', 'then', 'connection', 'keep-alive, x'], 'a'))
    const { port } = await serveNet(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/ok') + rawRequest('GET', '/dated'))
    const { date = '' } = (await socket.answer()).headers
    expect(new Date(date).toUTCString()).toBe(date)
    expect(await socket.answer()).toEqual({ status: 200, headers: { date: 'then', 'content-length': '1' }, body: 'a' })
  })

  it('of which the next request is garbage is whole, and the last', async () => {
    const app = makeApp()
    const gate = Promise.withResolvers<void>()
    app.get('/gated', { response: sse(z.number()) }, async function* () {
      yield 1
      await gate.promise
      yield 2
    })
    const { port, request } = await serveNet(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/gated') + rawRequest('GET', '/gated').slice(0, 10))
    await socket.until('data: 1\n\n')
    await socket.write('\0garbage\r\n\r\n')
    expect(await (await request('/ok')).text()).toBe('ok')
    gate.resolve()
    await socket.until('0\r\n\r\n')
    expect(await socket.closed).toBe('ended')
  })

  it('of 205 has no body, of 204 no length', async () => {
    const app = makeApp()
    app.get('/205', () => new Answer(205, [], 'a'))
    app.get('/204', () => new Answer(204, ['content-length', '5'], 'a'))
    const { port } = await serveNet(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/205') + rawRequest('GET', '/204') + rawRequest('GET', '/ok'))
    expect((await socket.answer()).headers['content-length']).toBe('0')
    expect((await socket.answer()).headers['content-length']).toBeUndefined()
    expect((await socket.answer()).body).toBe('ok')
  })

  it('in bytes, or in characters that are not ASCII, has its length in bytes', async () => {
    const app = makeApp()
    app.get('/bytes', () => new Answer(200, [], Buffer.from('ÿ', 'latin1')))
    app.get('/text', () => new Answer(200, ['x-name', 'é'], 'Zürich 水'))
    const { port } = await serveNet(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/bytes') + rawRequest('GET', '/text'))
    expect((await socket.answer()).headers['content-length']).toBe('1')
    expect(await socket.answer()).toMatchObject({
      headers: { 'content-length': '11', 'x-name': 'é' },
      body: 'Zürich 水',
    })
  })
})

it('a transport that does not exist is told of', async () => {
  // A caller without types.
  const transport = 'quic' as 'net'
  await expect(makeApp().listen({ port: 0, signals: false, transport })).rejects.toThrow(
    "There is no transport 'quic': take 'net', 'http', 'http2', or give a function",
  )
})
