import { type AddressInfo, createServer } from 'node:net'
import { App, dependency } from 'millrace'
import { describe, expect, it } from 'vitest'
import { Child } from './support/child.ts'
import { failOnFaults } from './support/faults.ts'
import { recorder, transportInUse } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

async function startChild(graceMs: number): Promise<{ child: Child; port: number }> {
  const child = new Child('stoppable.ts', String(graceMs), transportInUse())
  return { child, port: Number((await child.line('port ')).slice(5)) }
}

/** Connections that are kept alive. */
async function connect(port: number, count: number): Promise<RawSocket[]> {
  const sockets = Array.from({ length: count }, () => new RawSocket(port))
  for (const socket of sockets) {
    void socket.write(rawRequest('GET', '/livez'))
    expect((await socket.answer()).body).toBe('{"status":"alive"}')
  }
  return sockets
}

/** Asks on one connection until the server is not ready any more; that answer. */
async function untilStopping(socket: RawSocket) {
  for (;;) {
    void socket.write(rawRequest('GET', '/readyz'))
    const answer = await socket.answer()
    if (answer.status !== 200) return answer
  }
}

describe('SIGTERM', () => {
  it('lets requests and their work end, closes in order, and exits with 0', async () => {
    const { child, port } = await startChild(30_000)
    const [probe, slow, release, idle] = (await connect(port, 4)) as [RawSocket, RawSocket, RawSocket, RawSocket]
    void slow.write(rawRequest('GET', '/slow'))
    await child.line('slow started')
    child.signal('SIGTERM')
    expect(await untilStopping(probe)).toMatchObject({
      status: 503,
      headers: { connection: 'close' },
      body: '{"status":"stopping"}',
    })
    expect(await probe.closed).toBe('ended')
    await expect(new RawSocket(port).answer()).rejects.toThrow('The connection ended')
    void release.write(rawRequest('GET', '/release'))
    expect((await release.answer()).status).toBe(204)
    expect(await slow.answer()).toMatchObject({ status: 200, body: 'slow', headers: { connection: 'close' } })
    await Promise.all([slow.closed, release.closed, idle.closed])
    expect(await child.end()).toBe(0)
    expect(child.lines).toEqual([
      'lifespan opened',
      'pool opened',
      'cache opened',
      `port ${port}`,
      'slow started',
      'after work done',
      'resource closed',
      'cache closed',
      'pool closed',
      'lifespan closed',
    ])
  })

  it('aborts streams when the grace has passed, which end with an error', async () => {
    const { child, port } = await startChild(50)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/stream'))
    await socket.until('data: 1\n\n')
    child.signal('SIGTERM')
    const problem = {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The server is stopping',
      code: 'stopping',
    }
    await socket.until(`event: error\ndata: ${JSON.stringify(problem)}\n\n`)
    await socket.until('0\r\n\r\n')
    expect(await child.end()).toBe(0)
    expect(child.lines.slice(4)).toEqual(['stream ended', 'cache closed', 'pool closed', 'lifespan closed'])
  })

  it('cuts what does not end, and still closes everything', async () => {
    const { child, port } = await startChild(1)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/hang'))
    await child.line('hang started')
    child.signal('SIGINT')
    await expect(socket.answer()).rejects.toThrow('The connection ended')
    expect(await child.end()).toBe(0)
    expect(child.lines.slice(5)).toEqual(['cache closed', 'pool closed', 'lifespan closed'])
  })

  it.each([
    ['an app-scoped dependency that opens', 'opening', 'An app-scoped dependency', ['second closed', 'first closed']],
    [
      'an app-scoped dependency that closes',
      'closing',
      'The app-scoped dependencies',
      ['second closed', 'first closed'],
    ],
    ['a lifespan', 'lifespan', "The lifespan 'second'", ['first closed']],
  ])('does not wait for ever for %s, and exits with 1', async (_name, part, hung, closed) => {
    const child = new Child('hanging.ts', part, transportInUse())
    await child.line('hangs')
    child.signal('SIGTERM')
    expect(await child.end()).toBe(1)
    const told = `logged: ${hung} did not end in time`
    expect(child.lines.slice(1).sort()).toEqual([...closed, told].sort())
  })

  it('a second one ends the process at once', async () => {
    const { child, port } = await startChild(30_000)
    const [probe, slow] = (await connect(port, 2)) as [RawSocket, RawSocket]
    void slow.write(rawRequest('GET', '/slow'))
    await child.line('slow started')
    child.signal('SIGTERM')
    await untilStopping(probe)
    child.signal('SIGTERM')
    expect(await child.end()).toBe(143)
    await slow.closed
    expect(child.lines.at(-1)).toBe('slow started')
  })
})

describe('close()', () => {
  it('waits for an answer that the client has not read yet', async () => {
    const app = new App({ logger: recorder().logger, docs: false })
    const size = 30_000_000
    app.get('/large', () => 'x'.repeat(size))
    app.get('/ok', () => 'ok')
    const server = await app.listen({ port: 0, signals: false, graceMs: 30_000, transport: transportInUse() })
    const socket = new RawSocket(server.port, { isPaused: true })
    await socket.write(rawRequest('GET', '/large'))
    await connect(server.port, 1)
    const closed = server.close()
    socket.resume()
    expect((await socket.answer()).body).toHaveLength(size)
    await closed
    expect(app.state).toBe('stopped')
  })

  it('answers requests that had been sent when it began, although nothing was in flight', async () => {
    const app = new App({ logger: recorder().logger, docs: false })
    app.get('/ok', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return 'ok'
    })
    const server = await app.listen({ port: 0, signals: false, transport: transportInUse() })
    const sockets = await connect(server.port, 10)
    // They are with the system before the server can read them.
    for (const socket of sockets) void socket.write(rawRequest('GET', '/ok'))
    const closed = server.close()
    for (const socket of sockets)
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok', headers: { connection: 'close' } })
    await closed
  })

  it('may be called twice, and ends idle connections', async () => {
    const app = new App({ logger: recorder().logger, docs: false })
    const server = await app.listen({ port: 0, signals: false, transport: transportInUse() })
    const [idle] = (await connect(server.port, 1)) as [RawSocket]
    await Promise.all([server.close(), server.close()])
    await server.close()
    expect(await idle.closed).toBe('ended')
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('start-up', () => {
  it('answers /livez with 200 and all else with 503 until it is through', async () => {
    const app = new App({ logger: recorder().logger, docs: false })
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    app.lifespan(async function* () {
      begun.resolve()
      await gate.promise
      yield
    })
    app.get('/', () => 'hello')
    const port = await freePort()
    const listening = app.listen({ port, signals: false, transport: transportInUse() })
    await begun.promise
    const [socket] = (await connect(port, 1)) as [RawSocket]
    void socket.write(rawRequest('GET', '/') + rawRequest('GET', '/readyz'))
    expect(await socket.answer()).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      body: '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The server is starting","code":"starting"}',
    })
    expect(await socket.answer()).toMatchObject({ status: 503, body: '{"status":"starting"}' })
    gate.resolve()
    const server = await listening
    void socket.write(rawRequest('GET', '/') + rawRequest('GET', '/readyz'))
    expect((await socket.answer()).body).toBe('hello')
    expect(await socket.answer()).toMatchObject({ status: 200, body: '{"status":"ready"}' })
    await server.close()
  })

  it.each(['dependency', 'lifespan'])(
    'that fails in a %s closes what was opened, in order, and frees the port',
    async (where) => {
      const app = new App({ logger: recorder().logger, docs: false })
      const events: string[] = []
      const tell = (event: string) => void events.push(event)
      const pool = dependency({ scope: 'app' }, async function* () {
        tell('pool opened')
        yield 1
        tell('pool closed')
      })
      const broken = dependency({ scope: 'app', deps: { pool } }, () => {
        throw new Error('no model')
      })
      app.lifespan(async function* () {
        tell('lifespan opened')
        yield
        tell('lifespan closed')
      })
      app.lifespan(async function* () {
        if (where === 'lifespan') throw new Error('no model')
        yield
      })
      app.get('/', { deps: { broken } }, () => 'never')
      const port = await freePort()
      await expect(app.listen({ port, signals: false, transport: transportInUse() })).rejects.toThrow('no model')
      expect(events).toEqual(
        where === 'lifespan'
          ? ['lifespan opened', 'lifespan closed']
          : ['lifespan opened', 'pool opened', 'pool closed', 'lifespan closed'],
      )
      expect(app.state).toBe('stopped')
      const again = createServer()
      await new Promise<void>((resolve, reject) => again.once('error', reject).listen(port, '127.0.0.1', resolve))
      await new Promise((resolve) => again.close(resolve))
    },
  )

  it('on a port that is taken fails, and opens nothing', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const app = new App({ logger: recorder().logger, docs: false })
    let isOpened = false
    app.lifespan(function* () {
      isOpened = true
      yield
    })
    const { port } = taken.address() as AddressInfo
    await expect(app.listen({ port, signals: false, transport: transportInUse() })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    expect(isOpened).toBe(false)
    await new Promise((resolve) => taken.close(resolve))
  })
})
