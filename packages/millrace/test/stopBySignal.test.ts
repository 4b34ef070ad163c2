import { connect } from 'node:net'
import { App, type ListenOptions } from 'millrace'
import { describe, expect, it } from 'vitest'
import { Child } from './support/child.ts'
import { getFrame, preface } from './support/http2.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

/** Of timers: they round down. */
const roundingMs = 2

describe.each(['net', 'http', 'http2'] as const)('a stop by a signal (%s)', { timeout: 30_000 }, (transport) => {
  async function startChild(times: Pick<ListenOptions, 'graceMs' | 'idleGraceMs'> = {}) {
    const child = new Child('answering.ts', transport, JSON.stringify(times))
    const port = Number((await child.line('port ')).slice(5))
    /** A connection that is kept alive. */
    const connectIdle = async () => {
      const socket = new RawSocket(port)
      void socket.write(rawRequest('GET', '/now'))
      expect((await socket.answer()).headers['connection']).not.toBe('close')
      return socket
    }
    return { child, port, connectIdle }
  }

  const [now, later, length] = [
    rawRequest('GET', '/now'),
    rawRequest('GET', '/later'),
    rawRequest('POST', '/length', [], 'text'),
  ]

  /** Asks one request after another until it is told that there are to be no more of them. */
  async function askOn(socket: RawSocket, onAnswer: () => void): Promise<void> {
    for (let count = 0; ; count++) {
      const [request, body] = (
        [
          [now, 'now'],
          [later, 'later'],
          [length, '4'],
        ] as const
      )[count % 3] as [string, string]
      void socket.write(request)
      const answer = await socket.answer()
      expect(answer).toMatchObject({ status: 200, body })
      onAnswer()
      if (answer.headers['connection'] === 'close') return
    }
  }

  it.each([1, 2, 3])('loses no request of clients that keep asking (%i)', async () => {
    const { child, port } = await startChild({ idleGraceMs: 60_000 })
    let answers = 0
    const clients = Array.from({ length: 40 }, async () => {
      const socket = new RawSocket(port)
      await askOn(socket, () => {
        if (++answers === 2_000) child.signal('SIGTERM')
      })
      expect(await socket.closed).toBe('ended')
    })
    await Promise.all(clients)
    expect(await child.end()).toBe(0)
  })

  it('answers what comes when it accepts no more connections, on each that is open', async () => {
    const { child, port, connectIdle } = await startChild({ idleGraceMs: 60_000 })
    const [idle, begun, fresh, pipelined] = [
      await connectIdle(),
      await connectIdle(),
      new RawSocket(port),
      await connectIdle(),
    ]
    void begun.write(now.slice(0, 20))
    // Connections are accepted in their order.
    const last = await connectIdle()
    child.signal('SIGTERM')
    await untilRefused(port)
    void idle.write(length)
    void begun.write(now.slice(20))
    void fresh.write(later)
    void pipelined.write(later + later + now)
    const answered = { status: 200, headers: { connection: 'close' } }
    expect(await idle.answer()).toMatchObject({ ...answered, body: '4' })
    expect(await begun.answer()).toMatchObject({ ...answered, body: 'now' })
    expect(await fresh.answer()).toMatchObject({ ...answered, body: 'later' })
    // What stands behind that is not begun.
    expect(await pipelined.answer()).toMatchObject({ ...answered, body: 'later' })
    expect(await pipelined.closed).toBe('ended')
    last.destroy()
    // Each connection has ended, so that nothing is waited for.
    expect(await child.end()).toBe(0)
  })

  it('answers all of the pipelined requests that have begun, and begins no other', async () => {
    const { child, port, connectIdle } = await startChild({ idleGraceMs: 60_000 })
    const [pipelined, release] = [await connectIdle(), await connectIdle()]
    const held = rawRequest('GET', '/held')
    void pipelined.write(held + later + held)
    await child.line('held 2')
    child.signal('SIGTERM')
    await untilRefused(port)
    void release.write(rawRequest('GET', '/release'))
    expect((await release.answer()).headers['connection']).toBe('close')
    const [first, second, third] = [await pipelined.answer(), await pipelined.answer(), await pipelined.answer()]
    expect([first, second, third].map(({ body }) => body)).toEqual(['held 1', 'later', 'held 2'])
    expect(first.headers['connection']).not.toBe('close')
    expect(third.headers['connection']).toBe('close')
    expect(await pipelined.closed).toBe('ended')
    expect(await child.end()).toBe(0)
  })

  it('begins no request behind an answer that says that it is the last', async () => {
    const { child, port, connectIdle } = await startChild({ idleGraceMs: 60_000 })
    const [streaming, release, end] = [await connectIdle(), await connectIdle(), await connectIdle()]
    void streaming.write(rawRequest('GET', '/stream'))
    await child.line('stream asked for')
    child.signal('SIGTERM')
    await untilRefused(port)
    void release.write(rawRequest('GET', '/release'))
    expect((await streaming.until('first')).toLowerCase()).toContain('connection: close')
    await streaming.write(rawRequest('GET', '/held'))
    await release.closed
    void end.write(rawRequest('GET', '/end'))
    await streaming.until('last')
    expect(await streaming.closed).toBe('ended')
    expect(await child.end()).toBe(0)
    expect(child.lines.slice(1)).toEqual(['stream asked for'])
  })

  it('closes idle connections after a quarter of a second', async () => {
    const { child, connectIdle } = await startChild()
    const idle = await connectIdle()
    const stoppedAt = performance.now()
    child.signal('SIGTERM')
    expect(await idle.closed).toBe('ended')
    expect(performance.now() - stoppedAt).toBeGreaterThan(250 - roundingMs)
    expect(await child.end()).toBe(0)
  })

  it('does not wait for a request that does not come whole', async () => {
    const { child, connectIdle } = await startChild({ idleGraceMs: 1 })
    const begun = await connectIdle()
    await begun.write(now.slice(0, 20))
    child.signal('SIGTERM')
    expect(await child.end()).toBe(0)
    await begun.closed
  })

  it('waits no longer than for requests', async () => {
    const { child, connectIdle } = await startChild({ graceMs: 20, idleGraceMs: 60_000 })
    const idle = await connectIdle()
    child.signal('SIGTERM')
    expect(await idle.closed).toBe('ended')
    expect(await child.end()).toBe(0)
  })

  it('waits no more once close() is called', async () => {
    const app = new App({ docs: false, logger: false })
    app.get('/now', () => 'now')
    const server = await app.listen({ port: 0, signals: false, transport, graceMs: 60_000, idleGraceMs: 60_000 })
    const idle = new RawSocket(server.port)
    void idle.write(now)
    expect((await idle.answer()).body).toBe('now')
    const stopped = server['~stop']()
    await server.close()
    await Promise.all([stopped, idle.closed])
  })

  it('waits no more at a second signal', async () => {
    const { child, port, connectIdle } = await startChild({ idleGraceMs: 60_000 })
    await connectIdle()
    child.signal('SIGINT')
    await untilRefused(port)
    child.signal('SIGINT')
    expect(await child.end()).toBe(130)
  })
})

it('a stop by a signal tells clients of HTTP/2 which of their requests are answered', { timeout: 30_000 }, async () => {
  const child = new Child('answering.ts', 'http2')
  const port = Number((await child.line('port ')).slice(5))
  let answers = 0
  const onAnswer = () => {
    if (++answers === 1_000) child.signal('SIGTERM')
  }
  const clients = await Promise.all(Array.from({ length: 30 }, () => askByHttp2(port, onAnswer)))
  for (const { answered, lastTaken } of clients) {
    expect(lastTaken).toBeGreaterThan(0)
    // Those of a client are 1, 3, 5 and so on.
    expect(answered).toEqual(Array.from({ length: (lastTaken + 1) / 2 }, (_, index) => 2 * index + 1))
  }
  expect(await child.end()).toBe(0)
})

/**
 * Asks one request after another until the connection ends.
 *
 * @returns which of them were answered, and the last that GOAWAY says was taken (RFC 9113, section 6.8)
 */
async function askByHttp2(port: number, onAnswer: () => void): Promise<{ answered: number[]; lastTaken: number }> {
  const socket = new RawSocket(port)
  const answered: number[] = []
  let lastTaken = 0
  void socket.write(Buffer.concat([preface, getFrame(1, '/now')]))
  for (;;) {
    const head = await socket.bytes(9).catch(() => undefined)
    if (head === undefined) return { answered, lastTaken }
    const payload = await socket.bytes(head.readUIntBE(0, 3))
    const [type, flags, stream] = [head[3], head.readUInt8(4), head.readUInt32BE(5)]
    if (type === 7) lastTaken = payload.readUInt32BE(0)
    const isAnswered = type === 0 && (flags & 1) === 1
    if (!isAnswered) continue
    answered.push(stream)
    onAnswer()
    void socket.write(getFrame(stream + 2, stream % 4 === 1 ? '/later' : '/now'))
  }
}

/** Resolves when nobody listens any more. */
async function untilRefused(port: number): Promise<void> {
  let code: string | undefined
  // A connection that had not been accepted by then is reset.
  while (code !== 'ECONNREFUSED') {
    const socket = connect(port, '127.0.0.1')
    code = await new Promise((resolve) => {
      socket.on('connect', () => resolve(undefined)).on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    socket.destroy()
  }
}
