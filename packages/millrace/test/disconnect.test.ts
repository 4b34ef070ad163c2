import { dependency, fail, jsonl, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { serveFetch, serveHttp, transportInUse } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { aborted, makeTellingApp as makeApp } from './support/tellingApp.ts'
import { expectServed } from './support/transportApp.ts'

failOnFaults()

describe('a client that leaves', () => {
  it('while its body is read: the handler is never called, what was open is closed', async () => {
    const { app, resource, open, tell, hear } = makeApp()
    const guard = dependency({ guard: true, deps: { resource } }, () => tell('reading'))
    app.post('/', { body: text(), deps: { guard, resource } }, () => tell('called'))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(`${rawRequest('POST', '/', ['content-type: text/plain', 'content-length: 10'])}abc`)
    await hear('reading')
    socket.destroy()
    await hear('resource closed')
    expect(open.size).toBe(0)
    await expectServed(port)
    expect(await Promise.race([hear('called'), Promise.resolve('not called')])).toBe('not called')
  })

  it('while a handler reads its body itself: the reading fails', async () => {
    const { app, resource, open, tell, hear } = makeApp()
    app.post('/', { deps: { resource } }, async ({ request }) => {
      const reader = request.body?.getReader()
      tell('first', (await reader?.read())?.value?.byteLength)
      await reader?.read().catch((error: unknown) => tell('failed', error))
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(`${rawRequest('POST', '/', ['content-length: 10'])}abc`)
    expect(await hear('first')).toBe(3)
    socket.destroy()
    expect(await hear('failed')).toMatchObject({ code: 'client_closed' })
    await hear('resource closed')
    expect(open.size).toBe(0)
    await expectServed(port)
  })

  it('before its body is asked for: nothing waits for the body', async () => {
    const { app, resource, open, tell, hear } = makeApp()
    const guard = dependency({ guard: true, deps: { resource } }, async ({ signal }) => {
      tell('guarding')
      await aborted(signal)
    })
    app.post('/', { body: text(), deps: { guard } }, () => tell('called'))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(`${rawRequest('POST', '/', ['content-type: text/plain', 'content-length: 10'])}abc`)
    await hear('guarding')
    socket.destroy()
    await hear('resource closed')
    expect(open.size).toBe(0)
    await expectServed(port)
  })

  it.each(['GET', 'POST'] as const)('while a plain handler of %s works: its signal is aborted', async (method) => {
    const { app, resource, open, tell, hear } = makeApp()
    const handle = async ({ signal }: { readonly signal: AbortSignal }) => {
      tell('started')
      tell('aborted', await aborted(signal))
      return 'nobody hears'
    }
    if (method === 'GET') app.get('/', { deps: { resource } }, handle)
    else app.post('/', { deps: { resource } }, handle)
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest(method, '/', [], method === 'POST' ? 'body' : undefined))
    await hear('started')
    socket.destroy()
    expect(await hear('aborted')).toMatchObject({ status: 499, code: 'client_closed', message: 'The client has left' })
    await hear('resource closed')
    expect(open.size).toBe(0)
    await expectServed(port)
  })

  it('with its sending side alone: it is taken to have left, and gets no answer', async () => {
    const { app, tell, hear } = makeApp()
    app.get('/', async ({ signal }) => {
      tell('begun')
      tell('aborted', await aborted(signal))
      return 'too late'
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/'))
    await hear('begun')
    socket.end()
    expect(await hear('aborted')).toMatchObject({ code: 'client_closed' })
    await expect(socket.answer()).rejects.toThrow('The connection ended after: ')
    await expectServed(port)
  })

  it('while a pipelined request waits behind another: both signals are aborted, both generators ended', async () => {
    const { app, tell, hear } = makeApp()
    app.get('/first', async ({ signal }) => tell('first', await aborted(signal)))
    app.get('/second', async ({ signal }) => {
      tell('second started')
      tell('second', await aborted(signal))
    })
    app.get('/third', { response: sse(z.string()) }, async function* ({ signal }) {
      try {
        yield 'x'.repeat(100_000)
        await aborted(signal)
        yield 'b'
      } finally {
        tell('third ended')
      }
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/first') + rawRequest('GET', '/third') + rawRequest('GET', '/second'))
    await hear('second started')
    socket.destroy()
    await Promise.all([hear('first'), hear('second'), hear('third ended')])
    await expectServed(port)
  })

  it('after its answer has not left: the signal of what follows is not aborted', async () => {
    const { app, tell, hear } = makeApp()
    app.get('/late', (context) => {
      context.after(() => tell('late', context.signal.aborted))
      return 'a'
    })
    const { request } = await serveHttp(app)
    await request('/late')
    expect(await hear('late')).toBe(false)
  })

  it.each([
    ['sse', sse(z.number()), 'data: 1\n\n'],
    ['jsonl', jsonl(z.number()), '1\n'],
  ])(
    'in the middle of a stream (%s): generator ended, signal aborted, dependencies closed',
    async (_name, response, first) => {
      const { app, resource, open, tell, hear } = makeApp()
      app.get('/', { response, deps: { resource } }, async function* ({ signal }) {
        try {
          yield 1
          tell('aborted', await aborted(signal))
          yield 2
          tell('went on')
        } finally {
          tell('ended', open.size)
        }
      })
      const { port } = await serveHttp(app)
      const socket = new RawSocket(port)
      void socket.write(rawRequest('GET', '/'))
      await socket.until(first)
      socket.destroy()
      expect(await hear('aborted')).toMatchObject({ code: 'client_closed' })
      expect(await hear('ended')).toBe(1)
      await hear('resource closed')
      expect(open.size).toBe(0)
      await expectServed(port)
      expect(await Promise.race([hear('went on'), Promise.resolve('stopped')])).toBe('stopped')
    },
  )

  it('of a generator that never looks at its signal: it is ended at its next yield', async () => {
    const { app, tell, hear } = makeApp()
    const release = Promise.withResolvers<void>()
    app.get('/', { response: sse(z.number()) }, async function* () {
      try {
        yield 1
        await release.promise
        yield 2
        tell('went on')
      } finally {
        tell('ended')
      }
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/'))
    await socket.until('data: 1')
    socket.destroy()
    await expectServed(port)
    release.resolve()
    await hear('ended')
    expect(await Promise.race([hear('went on'), Promise.resolve('stopped')])).toBe('stopped')
  })

  it('of a generator that hangs for ever: the server serves on, and stops', async () => {
    const { app } = makeApp()
    app.get('/', { response: sse(z.number()) }, async function* () {
      yield 1
      await new Promise(() => undefined)
    })
    const server = await app.listen({ port: 0, signals: false, graceMs: 1, transport: transportInUse() })
    const sockets = Array.from({ length: 20 }, () => new RawSocket(server.port))
    for (const socket of sockets) void socket.write(rawRequest('GET', '/'))
    await Promise.all(sockets.map((socket) => socket.until('data: 1')))
    for (const socket of sockets) socket.destroy()
    await expectServed(server.port)
    await server.close()
    expect(app.state).toBe('stopped')
  })
})

describe('a client that reads slowly', () => {
  it('holds the generator back, and heartbeats neither pile up nor take the place of an item', async () => {
    const { app, tell, hear } = makeApp({ heartbeatMs: 1 })
    const size = 64 * 1024
    let pulled = 0
    app.get('/', { response: sse(z.string()) }, async function* () {
      try {
        for (; pulled < 1_000; pulled++) yield `${pulled}:`.padEnd(size, 'x')
      } finally {
        tell('ended')
      }
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port, { isPaused: true })
    void socket.write(rawRequest('GET', '/'))
    // The generator runs until the buffers of the system are full, then not at all.
    for (let before = -1; before !== pulled || pulled === 0; ) {
      before = pulled
      for (let turn = 0; turn < 20; turn++) await expectServed(port)
    }
    // 64 MB in all; the system holds some MB of a connection on this machine.
    expect(pulled).toBeLessThan(500)
    const held = pulled
    socket.resume()
    for (let index = 0; index < 1_000; index++) await socket.until(`data: "${index}:`)
    await socket.until('0\r\n\r\n')
    await hear('ended')
    expect([held < 500, pulled]).toEqual([true, 1_000])
  }, 60_000)

  it('may leave without having read', async () => {
    const { app, tell, hear } = makeApp()
    app.get('/', { response: sse(z.string()) }, async function* () {
      try {
        for (;;) yield 'x'.repeat(64 * 1024)
      } finally {
        tell('ended')
      }
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port, { isPaused: true })
    void socket.write(rawRequest('GET', '/'))
    await expectServed(port)
    socket.destroy()
    await hear('ended')
    await expectServed(port)
  })
})

describe('heartbeats', () => {
  it('come while nothing happens, before the first item too, and no item is lost', async () => {
    const { app } = makeApp({ heartbeatMs: 5 })
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    app.get('/', { response: sse(z.number()) }, async function* () {
      await gates[0].promise
      yield 1
      await gates[1].promise
      yield 2
      yield 3
    })
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/'))
    await socket.until(': \n\n')
    await socket.until(': \n\n')
    gates[0].resolve()
    await socket.until('data: 1\n\n')
    await socket.until(': \n\n')
    gates[1].resolve()
    await socket.until('data: 2\n\n')
    await socket.until('data: 3\n\n')
    await socket.until('0\r\n\r\n')
  })

  it('do not swallow an error that comes while nobody asks for the next item', async () => {
    const { app, tell, hear } = makeApp({ heartbeatMs: 1 })
    const gates = { failure: Promise.withResolvers<void>(), cleanup: Promise.withResolvers<void>() }
    const slowCleanup = dependency(async function* () {
      try {
        yield 1
      } finally {
        tell('cleaning up')
        await gates.cleanup.promise
      }
    })
    app.get('/', { response: sse(z.number()), deps: { slowCleanup } }, async function* () {
      yield 1
      await gates.failure.promise
      fail(418, 'No coffee')
    })
    const { request } = await serveFetch(app)
    const reader = ((await request('/')).body as ReadableStream<Uint8Array>).getReader()
    const read = async () => new TextDecoder().decode((await reader.read()).value)
    expect([await read(), await read()]).toEqual(['data: 1\n\n', ': \n\n'])
    gates.failure.resolve()
    await hear('cleaning up')
    const last = read()
    gates.cleanup.resolve()
    const problem = { type: 'about:blank', title: "I'm a teapot", status: 418, detail: 'No coffee' }
    expect(await last).toBe(`event: error\ndata: ${JSON.stringify(problem)}\n\n`)
    expect((await reader.read()).done).toBe(true)
  })
})
