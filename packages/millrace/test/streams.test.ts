import { App, bytes, HttpError, jsonl, sse } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const Token = z.object({ token: z.string() })

describeTransports('streams', (serve) => {
  it('sse() writes each item as an event', async () => {
    const app = new App()
    app.get('/', { response: sse(Token) }, async function* () {
      yield { token: 'a' }
      yield { token: 'b\nc', secret: 1 } as { token: string }
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    })
    expect(await response.text()).toBe('data: {"token":"a"}\n\ndata: {"token":"b\\nc"}\n\n')
  })

  it('sse() writes named events, with id and retry', async () => {
    const app = new App()
    app.get('/', { response: sse({ token: z.string(), done: z.object({ count: z.int() }) }) }, async function* () {
      yield { event: 'token', data: 'a', id: '1', retryMs: 500 }
      yield { event: 'token', data: 'b', id: 'x\ndata: forged\r\0' }
      yield { event: 'done', data: { count: 2 } }
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      'event: token\ndata: "a"\nid: 1\nretry: 500\n\n' +
        'event: token\ndata: "b"\nid: xdata: forged\n\n' +
        'event: done\ndata: {"count":2}\n\n',
    )
  })

  it('jsonl() writes a line for each item', async () => {
    const app = new App()
    app.get('/', { response: jsonl(z.object({ n: z.int() })) }, function* () {
      yield { n: 1 }
      yield { n: 2 }
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect(response.headers.get('content-type')).toBe('application/jsonl; charset=utf-8')
    expect(await response.text()).toBe('{"n":1}\n{"n":2}\n')
  })

  it('may have very many items that are there at once', async () => {
    const app = new App()
    const count = 50_000
    app.get('/', { response: jsonl(z.int()) }, function* () {
      for (let n = 0; n < count; n++) yield n
    })
    const { request } = await serve(app)
    const text = await (await request('/')).text()
    expect(text).toBe(Array.from({ length: count }, (_, n) => `${n}\n`).join(''))
  })

  it('may be empty, an array, a promise of a generator, or any iterable', async () => {
    const app = new App()
    const response = jsonl(z.int())
    async function* count() {
      yield 1
      yield 2
    }
    app.get('/empty', { response }, async function* () {})
    app.get('/array', { response }, () => [1, 2])
    app.get('/promise', { response }, async () => count())
    app.get('/set', { response }, () => new Set([3]))
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    expect(await read('/empty')).toBe('')
    expect(await read('/array')).toBe('1\n2\n')
    expect(await read('/promise')).toBe('1\n2\n')
    expect(await read('/set')).toBe('3\n')
  })

  it('pull the first item before the headers, so that an early failure has its status', async () => {
    const app = new App()
    app.get('/sse', { response: sse(Token) }, async function* () {
      yield await Promise.reject(new HttpError(429, 'Slow down', { headers: { 'retry-after': '1' } }))
    })
    const { request } = await serve(app)
    const response = await request('/sse')
    expect([response.status, response.headers.get('retry-after'), response.headers.get('content-type')]).toEqual([
      429,
      '1',
      'application/problem+json',
    ])
    await response.text()
  })

  it('whose first item does not fit answer 500, and the generator is ended', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const trace: string[] = []
    app.get('/', { response: sse(Token) }, async function* () {
      try {
        yield { token: 1 } as never
      } finally {
        trace.push('ended')
      }
    })
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    expect(trace).toEqual(['ended'])
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('end with an error event after a later failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/thrown', { response: sse(Token) }, async function* () {
      yield { token: 'a' }
      throw new Error('SECRET')
    })
    app.get('/told', { response: sse(Token) }, async function* () {
      yield { token: 'a' }
      throw new HttpError(503, 'Overloaded', { code: 'overloaded' })
    })
    const { request } = await serve(app)
    expect(await (await request('/thrown')).text()).toBe(
      'data: {"token":"a"}\n\nevent: error\ndata: {"type":"about:blank","title":"Internal Server Error","status":500,' +
        '"detail":"The server failed to answer this request","code":"internal_error"}\n\n',
    )
    expect(log.takeErrors()).toEqual([{ message: 'A stream failed', error: 'SECRET' }])
    expect(await (await request('/told')).text()).toBe(
      'data: {"token":"a"}\n\nevent: error\ndata: {"type":"about:blank","title":"Service Unavailable","status":503,' +
        '"detail":"Overloaded","code":"overloaded"}\n\n',
    )
  })

  it('end with an error when an item does not fit, and end the generator', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const trace: string[] = []
    app.get('/', { response: jsonl(z.object({ n: z.int() })) }, async function* () {
      try {
        yield { n: 1 }
        yield { n: 'SECRET' } as never
        trace.push('never')
      } finally {
        trace.push('ended')
      }
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      '{"n":1}\n{"error":{"type":"about:blank","title":"Internal Server Error","status":500,' +
        '"detail":"The server failed to answer this request","code":"invalid_response"}}\n',
    )
    expect(trace).toEqual(['ended'])
    expect(log.takeErrors().map(({ message }) => message)).toEqual(['A stream failed'])
  })

  it('refuse an event that was not declared', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { response: sse({ token: z.string() }) }, async function* () {
      yield { event: 'other', data: 'a' } as never
    })
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    expect(log.takeErrors()[0]?.error).toBe(
      "The result of GET / does not fit its response schema: 'other' is not one of its events",
    )
  })

  it('of bytes are cut after a failure, so that the client knows', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { response: bytes('audio/wav') }, (() => ({
      async *[Symbol.asyncIterator]() {
        yield new Uint8Array([1])
        throw new Error('lost')
      },
    })) as never)
    const { request } = await serve(app)
    await expect((async () => (await request('/')).arrayBuffer())()).rejects.toThrow()
    expect(log.takeErrors()).toEqual([{ message: 'A stream failed', error: 'lost' }])
  })

  it('are pulled one item at a time', async () => {
    const app = new App()
    const gate = Promise.withResolvers<void>()
    app.get('/', { response: jsonl(z.int()) }, async function* () {
      yield 1
      await gate.promise
      yield 2
    })
    const { request } = await serve(app)
    const reader = ((await request('/')).body as ReadableStream<Uint8Array>).getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await next()).toBe('1\n')
    gate.resolve()
    expect(await next()).toBe('2\n')
    expect((await reader.read()).done).toBe(true)
  })

  it('send heartbeats while nothing happens, before the first item and after it', async () => {
    const app = new App({ heartbeatMs: 5 })
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    app.get('/', { response: sse(Token) }, async function* () {
      await first.promise
      yield { token: 'a' }
      await second.promise
      yield { token: 'b' }
    })
    const { request } = await serve(app)
    const response = await request('/')
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    const readUntil = async (end: string) => {
      while (!seen.endsWith(end)) seen += (await reader.read()).value
    }
    await readUntil(': \n\n: \n\n')
    first.resolve()
    await readUntil('data: {"token":"a"}\n\n')
    await readUntil('data: {"token":"a"}\n\n: \n\n: \n\n')
    second.resolve()
    await readUntil('data: {"token":"b"}\n\n')
    expect((await reader.read()).done).toBe(true)
    expect(seen.replaceAll(': \n\n', '')).toBe('data: {"token":"a"}\n\ndata: {"token":"b"}\n\n')
  })
})
