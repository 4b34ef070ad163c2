import { App, bytes } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

const encode = (text: string) => new TextEncoder().encode(text)

/** Announces a length, and sends pieces. */
function appOf(length: number, ...pieces: string[]) {
  const log = recorder()
  const app = new App({ logger: log.logger })
  app.get('/', { response: bytes('text/plain') }, async function* ({ response }) {
    response.headers.set('content-length', String(length))
    for (const piece of pieces) yield encode(piece)
  })
  app.get('/response', () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of pieces) controller.enqueue(encode(piece))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-length': String(length) } })
  })
  return { app, log }
}

describeTransports('a stream whose length is announced', (serve) => {
  it.each(['/', '/response'])('keeps it: %s', async (path) => {
    const { app } = appOf(5, 'äb', 'cd', '')
    const { request } = await serve(app)
    const response = await request(path)
    expect([response.headers.get('content-length'), await response.text()]).toEqual(['5', 'äbcd'])
    const head = await request(path, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['5', ''])
  })

  it.each<[string, number, string[], string]>([
    ['too few', 10, ['ab', 'cd'], '4'],
    ['none', 10, [], '0'],
    ['too many', 3, ['ab', 'cd'], '4 or more'],
  ])('fails for %s', async (_name, length, pieces, sent) => {
    for (const path of ['/', '/response']) {
      const { app, log } = appOf(length, ...pieces)
      const { request } = await serve(app)
      await expect(request(path).then((response) => response.text())).rejects.toThrow()
      await expect
        .poll(() => log.takeErrors(), { timeout: 10_000 })
        .toEqual([
          {
            message: 'A stream has not the length that it announces',
            error: `The body has ${sent} bytes, and its content-length announces ${length}`,
          },
        ])
    }
  })
})

it.each(['http', 'net'] as const)('what is too many is never sent (%s)', async (transport) => {
  const { app, log } = appOf(3, 'ab', 'HTTP/1.1 200 OK')
  const { port } = await serveHttp(app, undefined, transport)
  const socket = new RawSocket(port)
  await socket.write(rawRequest('GET', '/'))
  expect(await socket.until('\r\n\r\nab')).toContain('content-length: 3')
  await socket.closed
  await expect(socket.until('HTTP')).rejects.toThrow('The connection ended after: ')
  log.takeErrors()
})

describe.each(['http', 'net'] as const)('a web Response (%s)', (transport) => {
  const bodies: Record<string, () => ConstructorParameters<typeof Response>[0]> = {
    string: () => 'äbc',
    bytes: () => encode('äbc'),
    buffer: () => encode('äbc').buffer as ArrayBuffer,
    blob: () => new Blob(['äbc']),
    parameters: () => new URLSearchParams({ a: 'b' }),
    stream: () =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(encode('äbc'))
          controller.close()
        },
      }),
    large: () => 'x'.repeat(1_000_000),
    empty: () => '',
    nothing: () => null,
  }

  it('of a body that is there at once is sent with its length, from handlers, middleware and mounts', async () => {
    const app = new App({ docs: false })
    app.use((context, next) =>
      context.path.startsWith('/layer/') ? new Response(bodies[context.path.slice(7)]?.()) : next(),
    )
    app.get('/handler/:kind', ({ params }) => new Response(bodies[params.kind]?.(), { status: 201 }))
    app.mount('/mount', (request) => new Response(bodies[new URL(request.url).pathname.slice(1)]?.()))
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    for (const [kind, make] of Object.entries(bodies))
      for (const place of ['handler', 'layer', 'mount']) {
        const expected = Buffer.from(await new Response(make()).arrayBuffer())
        void socket.write(rawRequest('GET', `/${place}/${kind}`))
        const { status, headers, body } = await socket.answer()
        expect([status, headers['content-length'], headers['transfer-encoding'], body], `${place} ${kind}`).toEqual([
          place === 'handler' ? 201 : 200,
          String(expected.byteLength),
          undefined,
          expected.toString(),
        ])
        // Of no body at all, HEAD says nothing.
        if (kind === 'nothing') continue
        void socket.write(rawRequest('HEAD', `/${place}/${kind}`))
        const head = await socket.answer({ method: 'HEAD' })
        expect(head.headers['content-length'], `${place} ${kind}`).toBe(String(expected.byteLength))
      }
  })

  it('of a body that comes piece by piece is sent as it comes, the head before the first of them', async () => {
    const app = new App({ docs: false })
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    app.get('/', () => {
      const body = new ReadableStream<Uint8Array>({
        start: async (controller) => {
          await first.promise
          controller.enqueue(encode('one'))
          await second.promise
          controller.enqueue(encode('two'))
          controller.close()
        },
      })
      return new Response(body)
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/'))
    expect(await socket.until('\r\n\r\n')).toMatch(/transfer-encoding: chunked/i)
    first.resolve()
    expect(await socket.until('\r\none\r\n')).toBe('3\r\none\r\n')
    second.resolve()
    expect(await socket.until('0\r\n\r\n')).toBe('3\r\ntwo\r\n0\r\n\r\n')
  })

  it('whose body fails at once is answered with 500', async () => {
    const log = recorder()
    const app = new App({ docs: false, logger: log.logger })
    const broken = () => new ReadableStream({ start: (controller) => controller.error(new Error('torn')) })
    app.use((context, next) => (context.path === '/layer' ? new Response(broken()) : next()))
    app.get('/handler', () => new Response(broken()))
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    for (const path of ['/handler', '/layer']) {
      void socket.write(rawRequest('GET', path))
      expect((await socket.answer()).status).toBe(500)
    }
    expect(log.takeErrors()).toEqual(Array(2).fill({ message: 'An error was not handled', error: 'torn' }))
  })

  it('is not needed for a Blob, whose length is known', async () => {
    const app = new App({ docs: false })
    app.get('/', () => new Blob(['äbc'], { type: 'text/plain' }))
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/'))
    const { headers, body } = await socket.answer()
    expect([headers['content-length'], headers['transfer-encoding'], body]).toEqual(['4', undefined, 'äbc'])
  })
})
