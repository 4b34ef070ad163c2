import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { App, bytes, sse } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { frame, getFrame, preface } from './support/http2.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const size = 32 * 1024 * 1024
const limits = { sendTimeoutMs: 50 }

/** Answers that no buffer of the system takes whole, and how those that were sent have ended. */
function makeApp() {
  const app = new App({ docs: false, logger: false })
  const whole = 'x'.repeat(size)
  const streamed = Promise.withResolvers<void>()
  app.get('/', () => 'first')
  app.get('/whole', () => whole)
  app.get('/stream', { response: bytes() }, async function* () {
    try {
      for (;;) yield new Uint8Array(64 * 1024)
    } finally {
      streamed.resolve()
    }
  })
  app.get('/quiet', { response: sse(z.string()) }, async function* () {
    yield 'x'.repeat(1024 * 1024)
    await new Promise((resolve) => setTimeout(resolve, 4 * limits.sendTimeoutMs))
    yield 'last'
  })
  /** Of the requests so far, once there are so many. */
  const outcomes = (count: number) =>
    new Promise<string[]>((resolve) => {
      const all: string[] = []
      app.on('request:sent', ({ context, outcome }) => {
        all.push(`${context.path} ${outcome}`)
        if (all.length === count) resolve(all)
      })
    })
  return { app, outcomes, streamed: streamed.promise }
}

describe.each(['net', 'http', 'http2'] as const)('a client of HTTP/1.1 that reads nothing (%s)', (transport) => {
  it.each(['/whole', '/stream'])('is cut: %s', async (path) => {
    const { app, outcomes, streamed } = makeApp()
    const { port } = await serveHttp(app, limits, transport)
    const sent = outcomes(1)
    await new RawSocket(port, { isPaused: true }).write(rawRequest('GET', path))
    expect(await sent).toEqual([`${path} client_closed`])
    if (path === '/stream') await streamed
  })

  it('is cut behind another request', async () => {
    const { app, outcomes } = makeApp()
    const { port } = await serveHttp(app, limits, transport)
    const sent = outcomes(2)
    await new RawSocket(port, { isPaused: true }).write(rawRequest('GET', '/') + rawRequest('GET', '/whole'))
    expect((await sent).sort()).toEqual(['/ sent', '/whole client_closed'])
  })

  it('is cut where it asks for WebSocket and gets an answer of HTTP', async () => {
    const { app, outcomes } = makeApp()
    const { port } = await serveHttp(app, limits, transport)
    const sent = outcomes(1)
    const handshake = ['connection: upgrade', 'upgrade: websocket']
    await new RawSocket(port, { isPaused: true }).write(rawRequest('GET', '/whole', handshake))
    expect(await sent).toEqual(['/whole client_closed'])
  })

  it('is none that waits for the next event, or for a large answer', async () => {
    const { app } = makeApp()
    const { request } = await serveHttp(app, limits, transport)
    const events = await (await request('/quiet')).text()
    expect(events.slice(-20)).toContain('last')
    expect(await (await request('/whole')).text()).toHaveLength(size)
  })
})

describe('a client of HTTP/2 that reads nothing', () => {
  it.each(['/whole', '/stream'])('has its stream cut, and no other: %s', async (path) => {
    const { app, outcomes, streamed } = makeApp()
    const { url } = await serveHttp(app, limits, 'http2')
    const client = connect(url, { settings: { initialWindowSize: 0 } })
    onTestFinished(() => client.destroy())
    const sent = outcomes(1)
    const stream = client.request({ ':path': path }).on('error', () => undefined)
    const closed = once(stream, 'close')
    expect(await sent).toEqual([`${path} client_closed`])
    if (path === '/stream') await streamed
    await closed
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
    const head = client.request({ ':path': '/', ':method': 'HEAD' })
    expect((await once(head, 'response'))[0]).toMatchObject({ ':status': 200 })
  })

  it.each(['/whole', '/stream'])('has its stream cut beside another that is read: %s', async (path) => {
    const { app, outcomes } = makeApp()
    const { url } = await serveHttp(app, limits, 'http2')
    const client = connect(url)
    onTestFinished(() => client.destroy())
    const busy = client.request({ ':path': '/stream' }).on('error', () => undefined)
    busy.resume()
    await once(busy, 'data')
    const sent = outcomes(1)
    // Nobody reads it, so that its window is not opened again.
    const stalled = client.request({ ':path': path }).on('error', () => undefined)
    const closed = new Promise((resolve) => stalled.on('close', resolve))
    expect(await sent).toEqual([`${path} client_closed`])
    stalled.resume()
    await closed
    expect(stalled.rstCode).toBe(constants.NGHTTP2_CANCEL)
    await once(busy, 'data')
    expect(busy.closed).toBe(false)
  })

  it('is cut with its whole connection where it does not read that', async () => {
    const { app, outcomes } = makeApp()
    const { port, close } = await serveHttp(app, { ...limits, keepAliveTimeoutMs: 20 }, 'http2')
    const sent = outcomes(1)
    const socket = new RawSocket(port, { isPaused: true })
    await socket.write(
      Buffer.concat([
        preface,
        // Windows for all of it.
        frame(4, 0, 0, Buffer.from([0, 4, 0x7f, 0, 0, 0])),
        frame(8, 0, 0, Buffer.from([0x7e, 0, 0, 0])),
        getFrame(1, '/whole'),
      ]),
    )
    expect(await sent).toEqual(['/whole client_closed'])
    await close()
  })
})

it('gives each of the requests of an HTTP/2 connection its large answer, however slowly it is read', async () => {
  const app = new App({ docs: false, logger: false })
  const answer = 'x'.repeat(1024 * 1024)
  app.get('/', () => answer)
  const { url } = await serveHttp(app, undefined, 'http2')
  const client = connect(url, { settings: { initialWindowSize: 4 * answer.length } })
  onTestFinished(() => client.destroy())
  await once(client, 'connect')
  client.setLocalWindowSize(200 * answer.length)
  const streams = Array.from({ length: 100 }, () => client.request({ ':path': '/' }))
  const answered = streams.map((stream) => once(stream, 'response'))
  await Promise.all(answered)
  const lengths = await Promise.all(
    streams.map(async (stream) => {
      let length = 0
      for await (const piece of stream) length += (piece as Buffer).length
      return length
    }),
  )
  expect(lengths).toEqual(lengths.map(() => answer.length))
})
