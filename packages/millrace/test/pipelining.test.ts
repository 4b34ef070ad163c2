import { Answer, App, bytes, type Middleware } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

/** What Node reads at once. */
const packetBytes = 64 * 1024

describe.each(['net', 'http', 'http2'] as const)(
  'requests that are sent without waiting for answers (%s)',
  (transport) => {
    it.each([
      ['GET', undefined],
      ['POST', 'body'],
      // Here it is read later.
      ['PUT', 'body'],
    ])(
      'are at work 64 at a time, and those of one packet more, and all answered in order: %s',
      async (method, body) => {
        const app = new App({ docs: false, logger: false })
        const released = Promise.withResolvers<void>()
        let begun = 0
        const wait = async () => {
          const number = begun++
          await released.promise
          return number
        }
        app.get('/wait', wait)
        app.post('/wait', { body: bytes() }, wait)
        const later: Middleware = async (_context, next) => {
          await new Promise((resolve) => setImmediate(resolve))
          return next()
        }
        app.put('/wait', { body: bytes(), use: [later] }, wait)
        app.get('/ok', () => 'ok')
        const { port } = await serveHttp(app, undefined, transport)
        const count = 5_000
        const one = rawRequest(method, '/wait', [], body)
        const socket = new RawSocket(port)
        void socket.write(one.repeat(count))
        // With each turn of the event loop that it takes to answer another connection, one more packet could be read.
        const other = new RawSocket(port)
        for (let turn = 0; turn < 20; turn++) {
          void other.write(rawRequest('GET', '/ok'))
          expect((await other.answer()).body).toBe('ok')
        }
        expect(begun).toBeGreaterThanOrEqual(64)
        expect(begun).toBeLessThanOrEqual(64 + Math.ceil(packetBytes / one.length))
        released.resolve()
        const answers: string[] = []
        while (answers.length < count) answers.push((await socket.answer()).body)
        expect(answers).toEqual(Array.from({ length: count }, (_, number) => String(number)))
      },
    )

    it('are answered behind one that expects to be told to go on, and has its body with it', async () => {
      const app = new App({ docs: false })
      app.post('/sum', { body: bytes() }, ({ body }) => String(body.byteLength))
      const { port } = await serveHttp(app, undefined, transport)
      const socket = new RawSocket(port)
      const empty = `${rawRequest('POST', '/sum', ['transfer-encoding: chunked'])}0\r\n\r\n`
      const expecting = rawRequest('POST', '/sum', ['expect: 100-continue'], 'four')
      void socket.write(empty + expecting + rawRequest('POST', '/sum', [], 'one'))
      const seen: string[] = []
      while (seen.filter((status) => status !== '100').length < 3) {
        const { status, body } = await socket.answer()
        seen.push(status === 100 ? '100' : body)
      }
      expect(seen.filter((status) => status !== '100')).toEqual(['0', '4', '3'])
    })

    it('are told to go on before they are answered, also behind one that takes its time', async () => {
      const app = new App({ docs: false })
      const released = Promise.withResolvers<string>()
      app.get('/slow', () => released.promise)
      app.post('/echo', { body: bytes() }, ({ body }) => new Uint8Array(body))
      const { port } = await serveHttp(app, undefined, transport)
      const socket = new RawSocket(port)
      void socket.write(rawRequest('GET', '/slow') + rawRequest('POST', '/echo', ['expect: 100-continue'], 'four'))
      setImmediate(() => setImmediate(() => released.resolve('slow')))
      expect((await socket.answer()).body).toBe('slow')
      let answer = await socket.answer()
      if (answer.status === 100) answer = await socket.answer()
      expect(answer).toMatchObject({ status: 200, body: 'four' })
    })

    it.each([
      ['closes the connection', rawRequest('GET', '/closing'), 200],
      ['says that the server waits no longer', rawRequest('GET', '/late'), 408],
      ['refuses a request without a host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ])('are not begun behind an answer that %s', async (_name, first, status) => {
      const app = new App({ docs: false, logger: false })
      let begun = 0
      app.get('/next', () => ++begun)
      app.get('/closing', () => new Answer(200, ['connection', 'close'], 'bye'))
      app.get('/late', () => new Answer(408, [], 'late'))
      const { port } = await serveHttp(app, undefined, transport)
      const socket = new RawSocket(port)
      void socket.write(first + rawRequest('GET', '/next'))
      expect(await socket.until('\r\n')).toContain(` ${status} `)
      await socket.closed
      expect(begun).toBe(0)
    })

    it('are answered to their end, also when that has begun before what is no request', async () => {
      const app = new App({ docs: false, logger: false })
      const released = Promise.withResolvers<void>()
      app.get('/stream', { response: bytes() }, async function* () {
        yield new TextEncoder().encode('first')
        await released.promise
        yield new TextEncoder().encode('last')
      })
      app.get('/', () => 'quick')
      const { port } = await serveHttp(app, undefined, transport)
      const socket = new RawSocket(port)
      void socket.write(rawRequest('GET', '/stream'))
      await socket.until('first')
      await socket.write('\0\r\n\r\n')
      const other = new RawSocket(port)
      await other.write(rawRequest('GET', '/'))
      expect((await other.answer()).body).toBe('quick')
      released.resolve()
      await socket.until('last\r\n0\r\n\r\n')
      expect(await socket.closed).toBe('ended')
    })

    it('are answered when what follows them is no request', async () => {
      const app = new App({ docs: false, logger: false })
      const released = Promise.withResolvers<string>()
      app.get('/slow', () => released.promise)
      app.get('/', () => 'quick')
      const { port } = await serveHttp(app, undefined, transport)
      const socket = new RawSocket(port)
      void socket.write(`${rawRequest('GET', '/slow')}${rawRequest('GET', '/')}\0\r\n\r\n`)
      const other = new RawSocket(port)
      await other.write(rawRequest('GET', '/'))
      expect((await other.answer()).body).toBe('quick')
      released.resolve('slow')
      expect([(await socket.answer()).body, (await socket.answer()).body]).toEqual(['slow', 'quick'])
      await socket.closed
    })
  },
)
