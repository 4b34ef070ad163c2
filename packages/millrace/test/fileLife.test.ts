import { readdirSync, readlinkSync, truncateSync } from 'node:fs'
import { App, type Middleware, sendFile } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { describeTransports, recorder, serveFetch, serveHttp } from './support/serve.ts'
import { largeBytes, write } from './support/servedFiles.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

/** How many descriptors of this process stand open on a file. */
function openOn(path: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path
    } catch {
      // It was that of the folder itself, or has been closed since.
      return false
    }
  }).length
}

const isLinux = process.platform === 'linux'
const mib = 1024 * 1024
const patience = { timeout: 10_000 }

/** Counts the pieces that are read of it. */
class CountingBlob extends Blob {
  pieces = 0

  override slice(start?: number, end?: number): Blob {
    this.pieces++
    return super.slice(start, end)
  }
}

const replace: Middleware = async (_context, next) => {
  await next()
  return new Response('other')
}

describeTransports('a file is closed', (serve) => {
  it.runIf(isLinux).each<[string, RequestInit]>([
    ['/', {}],
    ['/', { method: 'HEAD' }],
    ['/', { headers: { range: 'bytes=0-9' } }],
    ['/', { headers: { range: 'bytes=0-9,20-29' } }],
    ['/', { headers: { range: 'bytes=2000000-' } }],
    ['/', { headers: { 'if-none-match': '*' } }],
    ['/', { headers: { 'if-match': '"other"' } }],
    ['/replaced', {}],
    ['/unsendable', {}],
  ])('after %s %j', async (target, init) => {
    const path = write('closed.bin', largeBytes)
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', () => sendFile(path))
    app.get('/replaced', { use: [replace] }, () => sendFile(path))
    app.get('/unsendable', () => sendFile(path, { headers: { 'x-wrong': 'a\r\nb' } }))
    const { request } = await serve(app)
    await (await request(target, init)).arrayBuffer()
    await expect.poll(() => openOn(path), patience).toBe(0)
    log.takeErrors()
  })

  it('when nobody reads the answer', async () => {
    const path = write('unread.bin', largeBytes)
    const app = new App()
    app.get('/', () => sendFile(path))
    const { request } = await serve(app)
    await (await request('/')).body?.cancel()
    if (isLinux) await expect.poll(() => openOn(path), patience).toBe(0)
  })
})

describe.each(['http', 'net'] as const)('a file under way (%s)', (transport) => {
  it.runIf(isLinux)('is closed when the client leaves', async () => {
    const path = write('left.bin', new Uint8Array(64 * mib))
    const app = new App()
    app.get('/', () => sendFile(path))
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port, { isPaused: true })
    await socket.write(rawRequest('GET', '/'))
    await expect.poll(() => openOn(path), patience).toBe(1)
    socket.destroy()
    await expect.poll(() => openOn(path), patience).toBe(0)
  })

  it('is not read faster than the client takes it', async () => {
    const blob = new CountingBlob([new Uint8Array(32 * mib)])
    const app = new App()
    app.get('/', () => sendFile(blob))
    app.get('/pieces', () => blob.pieces)
    const { port, request } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port, { isPaused: true })
    await socket.write(rawRequest('GET', '/'))
    // Reading has stopped once two requests in a row find it where it was.
    let before = -1
    const pieces = async () => Number(await (await request('/pieces')).text())
    for (let now = await pieces(); now === 0 || now !== before; now = await pieces()) before = now
    expect(before).toBeLessThan(256)
    socket.resume()
    await socket.until('\r\n\r\n')
    await expect.poll(pieces, patience).toBe(512)
  })

  it('is cut where it becomes shorter, and the framing holds', async () => {
    const log = recorder()
    const path = write('shrinking.bin', new Uint8Array(64 * mib))
    const app = new App({ logger: log.logger })
    app.get('/', () => sendFile(path))
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port, { isPaused: true })
    await socket.write(rawRequest('GET', '/'))
    socket.resume()
    expect(await socket.until('\r\n\r\n')).toContain(`content-length: ${64 * mib}\r\n`)
    truncateSync(path, 1_000)
    await socket.closed
    expect(log.takeErrors()).toEqual([
      {
        message: 'A file could not be sent to its end',
        error: 'The file has become shorter than the 67108864 bytes that it had',
      },
    ])
  })

  it('that grows is sent as long as it was', async () => {
    const path = write('growing.bin', new Uint8Array(16 * mib))
    const app = new App()
    app.get('/', () => sendFile(path))
    const { request } = await serveHttp(app, undefined, transport)
    const response = await request('/')
    truncateSync(path, 17 * mib)
    expect((await response.arrayBuffer()).byteLength).toBe(16 * mib)
    expect((await request('/', { method: 'HEAD' })).headers.get('content-length')).toBe(String(17 * mib))
  })
})

it('a file that becomes shorter makes the body of a fetched answer fail', async () => {
  const log = recorder()
  const path = write('fetched.bin', new Uint8Array(mib))
  const app = new App({ logger: log.logger })
  app.get('/', () => sendFile(path))
  const { request } = await serveFetch(app)
  const response = await request('/')
  truncateSync(path, 1_000)
  await expect(response.arrayBuffer()).rejects.toThrow('The file has become shorter than the 1048576 bytes that it had')
  expect(log.takeErrors()).toHaveLength(1)
})
