import { App, type Part, parts } from 'millrace'
import { describe, expect, it } from 'vitest'
import { boundary, form, posted, written } from './support/multipart.ts'
import { describeTransports, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

describeTransports('a body read part by part', (serve) => {
  it('tells of each part, and gives it as bytes, text, JSON or a stream', async () => {
    const app = new App()
    app.post('/', { body: parts() }, async ({ body }) => {
      const seen: unknown[] = []
      const readers: ((part: Part) => Promise<unknown>)[] = [
        (part) => part.text(),
        async (part) => [...(await part.bytes())],
        (part) => part.json(),
        (part) => new Response(part.stream).text(),
      ]
      for await (const part of body) {
        const { name, filename, type, headers } = part
        seen.push({ name, filename, type, mine: headers.get('x-mine'), value: await readers.shift()?.(part) })
      }
      return seen
    })
    const { request } = await serve(app)
    const body = written([
      { as: 'title', content: 'Mühle' },
      { as: 'form-data; name="raw"; filename="a.bin"', headers: ['x-mine: yes'], content: new Uint8Array([1, 2]) },
      { as: 'meta', headers: ['content-type: Application/JSON; charset=utf-8'], content: '{"a":[1]}' },
      { as: 'form-data; name="file"; filename="b.txt"', headers: ['content-type: text/plain'], content: 'long' },
    ])
    expect(await (await request('/', posted(body))).json()).toEqual([
      { name: 'title', type: 'text/plain', mine: null, value: 'Mühle' },
      { name: 'raw', filename: 'a.bin', type: 'application/octet-stream', mine: 'yes', value: [1, 2] },
      { name: 'meta', type: 'application/json', mine: null, value: { a: [1] } },
      { name: 'file', filename: 'b.txt', type: 'text/plain', mine: null, value: 'long' },
    ])
  })

  it('skips what is not read, and ends where the handler ends', async () => {
    const app = new App()
    const file = (name: string, size: number) => new File([new Uint8Array(size).fill(97)], name)
    app.post('/skip', { body: parts(), maxBodyBytes: Infinity }, async ({ body }) => {
      const names: string[] = []
      for await (const part of body) {
        names.push(part.name)
        if (part.name === 'half') await part.stream.getReader().read()
        if (part.name === 'cancelled') await part.stream.cancel()
      }
      return names
    })
    app.post('/first', { body: parts(), maxBodyBytes: Infinity }, async ({ body }) => {
      for await (const part of body) return part.name
      return 'none'
    })
    app.post('/text', { body: parts(), maxBodyBytes: Infinity }, async ({ body }) => {
      // Not awaited: the loop is left before the text is there.
      for await (const part of body) return part.text()
      return 'none'
    })
    app.post('/unread', { body: parts(), maxBodyBytes: Infinity }, () => 'unread')
    const { request } = await serve(app)
    const init = () =>
      form({ unread: file('a', 300_000), half: file('b', 300_000), cancelled: file('c', 300_000), last: 'x' })
    expect(await (await request('/skip', init())).json()).toEqual(['unread', 'half', 'cancelled', 'last'])
    expect(await (await request('/first', init())).text()).toBe('unread')
    expect(await (await request('/text', init())).text()).toBe('a'.repeat(300_000))
    // In several pieces that have all come already.
    const small = () => {
      const whole = written([{ as: 'form-data; name="a"; filename="a"', content: 'x'.repeat(90_000) }])
      return posted(whole)
    }
    expect(await (await request('/text', small())).text()).toBe('x'.repeat(90_000))
    expect(await (await request('/unread', init())).text()).toBe('unread')
  })

  it('tells a handler that reads a part twice, or too late', async () => {
    const app = new App()
    app.post('/', { body: parts() }, async ({ body }) => {
      const messages: string[] = []
      const told = (error: unknown) => void messages.push((error as Error).message)
      let late: Part | undefined
      for await (const part of body) {
        if (late) await late.text().catch(told)
        if (part.name === 'b') {
          await part.text()
          await part.bytes().catch(told)
        }
        late = part
      }
      return messages
    })
    const { request } = await serve(app)
    expect(await (await request('/', form({ a: 'x', b: 'y' }))).json()).toEqual([
      "The part 'a' was skipped: read it before you ask for the next one",
      "The part 'b' has already been read",
    ])
  })

  it('is refused without a body', async () => {
    const app = new App()
    app.post('/', { body: parts() }, () => 'unreached')
    const { request } = await serve(app)
    const response = await request('/', { method: 'POST' })
    expect([response.status, response.headers.get('accept')]).toEqual([415, 'multipart/form-data'])
  })
})

describe.each(['http', 'net'] as const)('parts (%s)', (transport) => {
  const head = (length: number) =>
    `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${length}\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\n\r\n`

  it('are given as they come, and hold the sender back while nobody reads', async () => {
    const app = new App()
    const begun = Promise.withResolvers<Part>()
    const over = Promise.withResolvers<void>()
    app.post('/', { body: parts(), maxBodyBytes: Infinity }, async ({ body }) => {
      const names: string[] = []
      for await (const part of body) {
        names.push(part.name)
        if (part.name === 'first') {
          begun.resolve(part)
          await over.promise
        }
      }
      return names
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    const size = 100_000_000
    const start = written([{ as: 'form-data; name="first"; filename="a"', content: 'begin' }], '').subarray(0, -2)
    const end = written([{ as: 'second', content: '' }])
    await socket.write(head(start.length + size + 2 + end.length))
    await socket.write(start)
    // The rest has not been sent yet.
    const part = await begun.promise
    const reader = part.stream.getReader()
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('begin')
    let isSent = false
    const sent = socket
      .write(Buffer.concat([Buffer.alloc(size, 'x'), Buffer.from('\r\n'), end]))
      .then(() => (isSent = true))
    let read = 0
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      read += piece.value.byteLength
      if (read < size / 2) expect(isSent).toBe(false)
    }
    expect(read).toBe(size)
    await sent
    over.resolve()
    expect(JSON.parse((await socket.answer()).body)).toEqual(['first', 'second'])
  })

  it('fail when the client leaves', async () => {
    const app = new App()
    const begun = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<unknown>()
    app.post('/', { body: parts() }, async ({ body }) => {
      try {
        for await (const part of body) {
          begun.resolve()
          await part.bytes()
        }
      } catch (error) {
        failed.resolve((error as { code?: string }).code)
        throw error
      }
    })
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(head(1_000))
    await socket.write(written([{ as: 'a', content: 'begin' }], ''))
    await begun.promise
    socket.destroy()
    expect(await failed.promise).toBe('client_closed')
  })
})
