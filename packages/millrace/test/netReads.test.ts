import { connect, createServer, type Socket } from 'node:net'
import { App, byteStream, bytes, text } from 'millrace'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { destroyAfterEach, frame, handshake, opcodes } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()
destroyAfterEach()

/** How sockets of this file take the handle of another: as Node's do, or as one that has changed might. */
let sockets: 'as they are' | 'refuse handles' | 'ignore handles' = 'as they are'

vi.mock('node:net', async (original) => {
  const net = await original<typeof import('node:net')>()
  class Changed extends net.Socket {
    constructor(options: { handle?: unknown } = {}) {
      const { handle, ...others } = options
      if (handle !== undefined && sockets === 'refuse handles') throw new TypeError('No handle is taken')
      super(sockets === 'ignore handles' ? others : options)
    }
  }
  return { ...net, Socket: Changed }
})

type Reads = { useUserBuffer: unknown }
/** Of all connections: what has the function by which they read into memory that is given once. */
let reads: Reads

beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  await new Promise((resolve) => client.once('connect', resolve))
  let holder = (client as Socket & { _handle: Reads })._handle
  while (!Object.hasOwn(holder, 'useUserBuffer')) holder = Object.getPrototypeOf(holder)
  reads = holder
  client.destroy()
  await new Promise((resolve) => server.close(resolve))
})

afterEach(() => {
  sockets = 'as they are'
  vi.restoreAllMocks()
})

/** So many connections send at once. */
const clients = 20

/** What a client sends: every six bytes of it tell whose they are, and where. */
function bodyOf(client: number, length: number): Buffer {
  const words = Array.from(
    { length: Math.ceil(length / 6) },
    (_, at) => `${letter(client)}${String(at).padStart(5, '0')}`,
  )
  return Buffer.from(words.join('').slice(0, length))
}

const letter = (client: number) => String.fromCharCode(65 + client)

/** An app that holds the bodies of all clients until the last of them has come. */
function holding() {
  const app = new App({ logger: recorder().logger, docs: false, maxBodyBytes: 1_000_000 })
  const all = Promise.withResolvers<void>()
  let count = 0
  const hold = async () => {
    if (++count === clients) all.resolve()
    await all.promise
  }
  app.post('/bytes', { body: bytes() }, async ({ body }) => {
    await hold()
    return body
  })
  app.post('/again', { body: z.string() }, async ({ request }) => {
    await hold()
    return await request.text()
  })
  app.post('/stream', { body: byteStream() }, async ({ body }) => {
    const pieces: Uint8Array[] = []
    for await (const piece of body) pieces.push(piece)
    await hold()
    return Buffer.concat(pieces)
  })
  app.post('/late', async ({ request }) => {
    await hold()
    return new Uint8Array(await request.arrayBuffer())
  })
  app.get('/held', async ({ request }) => {
    await hold()
    return { target: request.url.slice(request.url.indexOf('/held')), mark: request.headers.get('x-mark') }
  })
  return app
}

const post = (path: string, headers: readonly string[]) =>
  rawRequest('POST', path, ['content-type: application/octet-stream', ...headers])

/** The answers to requests of clients that all send a packet before any of them sends its next. */
async function answersTo(app: App, packetsOf: (client: number) => readonly (string | Buffer)[]): Promise<string[]> {
  const { port, request } = await serveHttp(app, undefined, 'net')
  const sockets = Array.from({ length: clients }, (_, client) => ({
    socket: new RawSocket(port),
    packets: packetsOf(client),
  }))
  for (let turn = 0; sockets.some(({ packets }) => turn < packets.length); turn++) {
    for (const { socket, packets } of sockets) void socket.write(packets[turn] ?? '')
    // By its answer, what was sent before it has been read.
    expect((await request('/none')).status).toBe(404)
  }
  return await Promise.all(sockets.map(async ({ socket }) => (await socket.answer()).body))
}

const expected = (length: number) => Array.from({ length: clients }, (_, client) => bodyOf(client, length).toString())

/** So many bytes of a text at a time. */
function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

describe('what is held while others send stays as it came', () => {
  it('of a body in the packet of its head', async () => {
    const answers = await answersTo(holding(), (client) => [
      Buffer.concat([Buffer.from(post('/bytes', ['content-length: 300'])), bodyOf(client, 300)]),
    ])
    expect(answers).toEqual(expected(300))
  })

  it('of a body that is read once more as a web request', async () => {
    const answers = await answersTo(holding(), (client) => [
      rawRequest('POST', '/again', ['content-type: application/json'], `"${bodyOf(client, 300)}"`),
    ])
    expect(answers).toEqual(expected(300).map((body) => `"${body}"`))
  })

  it.each(['/bytes', '/stream', '/late'])('of a body in many packets: %s', async (path) => {
    const answers = await answersTo(holding(), (client) => [
      post(path, ['content-length: 50000']),
      ...inPieces(bodyOf(client, 50_000), 5_000),
    ])
    expect(answers).toEqual(expected(50_000))
  })

  it.each(['/bytes', '/stream', '/late'])('of a body in chunks: %s', async (path) => {
    const answers = await answersTo(holding(), (client) => [
      `${post(path, ['transfer-encoding: chunked'])}64`,
      // The line break after a size, and that after its chunk, come with the next packet.
      ...inPieces(bodyOf(client, 1_000), 100).map((piece) => `\r\n${piece}\r\n64`),
      `\r\n${letter(client).repeat(100)}\r\n0\r\n\r\n`,
    ])
    expect(answers).toEqual(expected(1_000).map((body, client) => body + letter(client).repeat(100)))
  })

  it('of a head in three packets', async () => {
    const answers = await answersTo(holding(), (client) => {
      const mark = bodyOf(client, 100)
      return [`GET /held?mark=${mark}`, ` HTTP/1.1\r\nhost: localhost\r\nx-mark: ${mark}`, '\r\n\r\n']
    })
    expect(answers.map((answer) => JSON.parse(answer))).toEqual(
      expected(100).map((mark) => ({ target: `/held?mark=${mark}`, mark })),
    )
  })

  it('of a request that waits behind sixty-four others', async () => {
    const app = holding()
    const gate = Promise.withResolvers<void>()
    const full = Promise.withResolvers<void>()
    let count = 0
    app.get('/wait', async () => {
      if (++count === 64) full.resolve()
      await gate.promise
    })
    app.post('/echo', { body: bytes() }, ({ body }) => body)
    const { port } = await serveHttp(app, undefined, 'net')
    const [socket, other] = [new RawSocket(port), new RawSocket(port)]
    const echo = (client: number, length: number) =>
      Buffer.concat([Buffer.from(post('/echo', [`content-length: ${length}`])), bodyOf(client, length)])
    await socket.write(Buffer.concat([Buffer.from(rawRequest('GET', '/wait').repeat(64)), echo(0, 300)]))
    await full.promise
    await other.write(echo(1, 60_000))
    expect((await other.answer()).body).toBe(bodyOf(1, 60_000).toString())
    gate.resolve()
    for (let number = 0; number < 64; number++) expect((await socket.answer()).status).toBe(204)
    expect((await socket.answer()).body).toBe(bodyOf(0, 300).toString())
  })

  it('of frames behind the handshake of a WebSocket, and of those after it', async () => {
    const app = holding()
    const gate = Promise.withResolvers<void>()
    app.ws('/socket', { receive: text(), send: text() }, async ({ socket }) => {
      await gate.promise
      for await (const message of socket) await socket.send(message)
    })
    app.post('/echo', { body: bytes() }, ({ body }) => body)
    const { port } = await serveHttp(app, undefined, 'net')
    const [socket, other] = [new RawSocket(port), new RawSocket(port)]
    const count = 30
    const sent = Array.from({ length: count }, (_, number) => bodyOf(number, 1_000))
    await socket.write(
      Buffer.concat([Buffer.from(handshake('/socket')), ...sent.map((body) => frame(opcodes.text, body))]),
    )
    await socket.until('\r\n\r\n')
    for (const body of sent) {
      await socket.write(frame(opcodes.text, body))
      await other.write(Buffer.concat([Buffer.from(post('/echo', ['content-length: 60000'])), bodyOf(25, 60_000)]))
      expect((await other.answer()).status).toBe(200)
    }
    gate.resolve()
    for (const body of [...sent, ...sent])
      expect((await socket.bytes(1_004)).subarray(4).toString()).toBe(body.toString())
  })
})

describe('the memory that is read into', () => {
  const echo = () => {
    const app = new App({ logger: recorder().logger, docs: false })
    app.post('/echo', { body: bytes() }, ({ body }) => body)
    app.ws('/socket', { receive: text(), send: text() }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    return app
  }

  /** Two requests on one connection, a body in two packets, a WebSocket, and a stop that waits for nobody. */
  async function expectServed(): Promise<void> {
    const { port, url, close } = await serveHttp(echo(), undefined, 'net')
    const socket = new RawSocket(port)
    for (let count = 0; count < 2; count++) {
      await socket.write(post('/echo', ['content-length: 6']))
      await socket.write('ab')
      await socket.write('cdef')
      expect((await socket.answer()).body).toBe('abcdef')
    }
    const client = new WebSocket(`${url.replace('http', 'ws')}/socket`)
    await new Promise((resolve) => client.once('open', resolve))
    client.send('flour')
    expect(String(await new Promise((resolve) => client.once('message', resolve)))).toBe('flour')
    client.close()
    await new Promise((resolve) => client.once('close', resolve))
    socket.end()
    await close()
    expect(await socket.closed).toBe('ended')
  }

  it('is given to the sockets of this version of Node', async () => {
    const given = vi.spyOn(reads as { useUserBuffer: (memory: Buffer) => void }, 'useUserBuffer')
    await expectServed()
    const memories = new Set(given.mock.calls.map(([memory]) => memory))
    expect(given.mock.calls).toHaveLength(2)
    expect([...memories].map(({ length }) => length)).toEqual([65_536])
  })

  it.each(['refuse handles', 'ignore handles'] as const)('is that of each read where sockets %s', async (how) => {
    sockets = how
    await expectServed()
  })

  it('is that of each read where handles take none', async () => {
    const { useUserBuffer } = reads
    reads.useUserBuffer = undefined
    try {
      await expectServed()
    } finally {
      reads.useUserBuffer = useUserBuffer
    }
  })
})
