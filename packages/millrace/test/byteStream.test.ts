import { App, byteStream } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

describeTransports('a body of a byte stream', (serve) => {
  const sizeOf = async (body: ReadableStream<Uint8Array>) => {
    let size = 0
    for await (const piece of body) size += piece.byteLength
    return size
  }

  it('is given as it comes, of any type and size', async () => {
    const app = new App()
    app.post('/', { body: byteStream(), maxBodyBytes: Infinity }, ({ body }) => sizeOf(body))
    const { request } = await serve(app)
    const send = async (body: RequestInit['body']) =>
      (await request('/', { method: 'POST', body, duplex: 'half' } as RequestInit)).json()
    expect(await send(new Uint8Array(5_000_000))).toBe(5_000_000)
    expect(await send(null)).toBe(0)
    expect(await send(new Blob(['a', 'bc']).stream())).toBe(3)
  })

  it('is bounded like any other', async () => {
    const app = new App({ maxBodyBytes: 10 })
    app.post('/', { body: byteStream() }, ({ body }) => sizeOf(body))
    const { request } = await serve(app)
    const send = async (body: RequestInit['body']) => {
      const response = await request('/', { method: 'POST', body, duplex: 'half' } as RequestInit)
      return [response.status, await response.json()]
    }
    expect(await send('0123456789')).toEqual([200, 10])
    // With a length that is announced, and without.
    for (const body of ['01234567890', new Blob(['01234567890']).stream()])
      expect(await send(body)).toMatchObject([
        413,
        { code: 'body_too_large', detail: 'The body is larger than 10 bytes' },
      ])
  })

  it('may be left unread, or half read', async () => {
    const app = new App()
    app.post('/unread', { body: byteStream() }, () => 'unread')
    app.post('/half', { body: byteStream() }, async ({ body }) => {
      const reader = body.getReader()
      const first = await reader.read()
      await reader.cancel()
      return first.value ? 'half' : 'none'
    })
    const { request } = await serve(app)
    const send = async (path: string) =>
      (await request(path, { method: 'POST', body: new Uint8Array(1_000_000) })).text()
    expect(await send('/unread')).toBe('unread')
    expect(await send('/half')).toBe('half')
    expect(await send('/unread')).toBe('unread')
  })
})

describe.each(['http', 'net'] as const)('a byte stream (%s)', (transport) => {
  it('holds the sender back while nobody reads', async () => {
    const app = new App()
    const pulled = Promise.withResolvers<ReadableStreamDefaultReader<Uint8Array>>()
    const over = Promise.withResolvers<void>()
    app.post('/', { body: byteStream(), maxBodyBytes: Infinity }, async ({ body }) => {
      pulled.resolve(body.getReader())
      await over.promise
      return 'done'
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    const total = 200_000_000
    await socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${total}\r\n\r\n`)
    const reader = await pulled.promise
    // More than the buffers of the system and of both sides hold: it cannot be handed over until it is read.
    let isSent = false
    const sent = socket.write(Buffer.alloc(total)).then(() => (isSent = true))
    let size = 0
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (size === 0) expect(isSent).toBe(false)
      size += (value as Uint8Array).byteLength
      if (size < total / 2) expect(isSent).toBe(false)
    }
    expect(size).toBe(total)
    await sent
    over.resolve()
    expect((await socket.answer()).status).toBe(200)
  })

  it('fails when the client leaves', async () => {
    const app = new App()
    const failed = Promise.withResolvers<unknown>()
    app.post('/', { body: byteStream() }, async ({ body }) => {
      try {
        for await (const piece of body) expect(piece.byteLength).toBe(3)
      } catch (error) {
        failed.resolve((error as { code?: string }).code)
        throw error
      }
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    await socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc')
    await new Promise<void>((resolve) => setImmediate(resolve))
    socket.destroy()
    expect(await failed.promise).toBe('client_closed')
  })
})
