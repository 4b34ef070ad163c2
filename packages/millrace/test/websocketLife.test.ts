import { App, dependency, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { turns } from './fuzz/outcome.ts'
import { failOnFaults } from './support/faults.ts'
import { closeFrame, destroyAfterEach, frame, handshake, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'

failOnFaults()
destroyAfterEach()

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))

describe.each(['http', 'net'] as const)('the life of a WebSocket (%s)', (transport) => {
  /** An app that counts what is open, and resolves `idle` when it is none any more. */
  function makeApp() {
    const app = new App({ docs: false, logger: recorder().logger })
    const open = new Set<object>()
    let idle = Promise.withResolvers<void>()
    const resource = dependency(async function* () {
      const one = {}
      open.add(one)
      try {
        yield one
      } finally {
        open.delete(one)
        if (open.size === 0) {
          idle.resolve()
          idle = Promise.withResolvers()
        }
      }
    })
    return { app, resource, open, idle: () => idle.promise }
  }
  const listen = (app: App, graceMs: number) => app.listen({ port: 0, signals: false, transport, graceMs })

  describe('at shutdown', () => {
    it('its loop ends, what it still sends arrives, and it is closed with 1001', async () => {
      const { app, resource, open } = makeApp()
      app.ws('/', { deps: { resource }, receive: text() }, async ({ socket, signal }) => {
        for await (const message of socket) await socket.send(message)
        await socket.send(`bye, ${signal.aborted}`)
      })
      const server = await listen(app, 60_000)
      const client = await RawWebSocket.open(server.port, '/')
      await client.send(frame(opcodes.text, 'hello'))
      expect(await client.text()).toBe('hello')
      const closed = server.close()
      expect(await client.text()).toBe('bye, false')
      expect(await client.closing()).toBe('1001 The server is stopping')
      await client.send(closeFrame(1001))
      await closed
      expect(open.size).toBe(0)
    })

    it('it is closed with 1001 when the grace is over, and its signal is aborted', async () => {
      const { app, resource, open } = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { deps: { resource } }, async ({ signal }) => resolve(await aborted(signal)))
      const server = await listen(app, 1)
      const client = await RawWebSocket.open(server.port, '/')
      const closed = server.close()
      expect(await promise).toMatchObject({ code: 'stopping' })
      expect(await client.closing()).toBe('1001 The server is stopping')
      await client.send(closeFrame(1001))
      await closed
      expect(open.size).toBe(0)
    })

    it('a client that does not answer the close is cut', async () => {
      const { app, resource, open } = makeApp()
      app.ws('/', { deps: { resource } }, ({ signal }) => aborted(signal))
      const server = await listen(app, 1)
      const client = await RawWebSocket.open(server.port, '/')
      await server.close()
      expect(await client.closing()).toBe('1001 The server is stopping')
      await client.socket.closed
      expect(open.size).toBe(0)
    })

    it('no more are accepted', async () => {
      const { app } = makeApp()
      app.ws('/', ({ signal }) => aborted(signal))
      const server = await listen(app, 60_000)
      const client = await RawWebSocket.open(server.port, '/')
      const late = new RawWebSocket(server.port)
      // A connection that is there before, so that the server has not stopped listening to it.
      void late.socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n')
      await late.socket.answer()
      const closed = server.close()
      void late.socket.write(handshake('/'))
      const answer = await late.socket.answer()
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'stopping'])
      await client.send(closeFrame(1000))
      await closed
    })
  })

  describe('a client that vanishes', () => {
    it('is noticed when it does not answer a ping', async () => {
      const { app, resource, idle } = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { deps: { resource }, pingIntervalMs: 5, pongTimeoutMs: 5 }, async ({ socket }) =>
        resolve(await socket.receive().catch((error) => ({ ...error }))),
      )
      const { port } = await serveHttp(app, undefined, transport)
      const client = await RawWebSocket.open(port, '/')
      const gone = idle()
      expect(await client.frame()).toEqual({ opcode: opcodes.ping, payload: Buffer.alloc(0) })
      expect(await promise).toEqual({
        name: 'SocketClosedError',
        code: 'socket_closed',
        closeCode: 1006,
        reason: 'It gave no sign of life',
      })
      await gone
      await client.socket.closed
    })

    it('is noticed where nothing is read, because nobody receives', async () => {
      const { app } = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { pingIntervalMs: 5, pongTimeoutMs: 60_000, maxQueuedMessages: 1 }, async ({ signal }) =>
        resolve(await aborted(signal)),
      )
      const { port } = await serveHttp(app, undefined, transport)
      const client = await RawWebSocket.open(port, '/')
      // The second stays unread in front of the end of the connection.
      await client.send(frame(opcodes.text, 'one'))
      await turns(20)
      await client.send(frame(opcodes.text, 'two'))
      await turns(20)
      client.socket.destroy()
      expect(await promise).toMatchObject({ code: 'client_closed' })
    })

    it.each(['end', 'destroy'] as const)('is noticed before the handshake is answered (%s)', async (leave) => {
      const { app } = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      const begun = Promise.withResolvers<void>()
      app.ws('/', { accept: 'manual' }, async ({ socket, signal }) => {
        begun.resolve()
        const reason = await aborted(signal)
        await socket.accept().catch((error) => resolve([reason, error]))
      })
      const { port } = await serveHttp(app, undefined, transport)
      const client = new RawWebSocket(port)
      void client.socket.write(handshake('/'))
      await begun.promise
      client.socket[leave]()
      expect(await promise).toMatchObject([{ code: 'client_closed' }, { code: 'socket_closed', closeCode: 1006 }])
      await client.socket.closed
    })

    it('may have said something before the handshake is answered', async () => {
      const { app } = makeApp()
      const begun = Promise.withResolvers<void>()
      const { promise, resolve } = Promise.withResolvers<void>()
      app.ws('/', { accept: 'manual', receive: text() }, async ({ socket }) => {
        begun.resolve()
        await promise
        await socket.accept()
        for await (const message of socket) await socket.send(message)
      })
      const { port } = await serveHttp(app, undefined, transport)
      const client = new RawWebSocket(port)
      void client.socket.write(handshake('/'))
      await begun.promise
      await client.send(frame(opcodes.text, 'one'))
      await turns(20)
      await client.send(frame(opcodes.text, 'two'))
      await turns(20)
      resolve()
      expect((await client.socket.answer()).status).toBe(101)
      expect([await client.text(), await client.text()]).toEqual(['one', 'two'])
    })

    it('is not taken for one that answers', async () => {
      const { app } = makeApp()
      app.ws('/', { pingIntervalMs: 5, pongTimeoutMs: 1_000, receive: text() }, async ({ socket }) => {
        for await (const message of socket) await socket.send(message)
      })
      const { port } = await serveHttp(app, undefined, transport)
      const client = await RawWebSocket.open(port, '/')
      for (let count = 0; count < 5; count++) {
        expect((await client.frame()).opcode).toBe(opcodes.ping)
        await client.send(frame(opcodes.pong))
      }
      await client.send(frame(opcodes.text, 'still here'))
      for (;;) {
        const { opcode, payload } = await client.frame()
        if (opcode === opcodes.ping) continue
        expect(payload.toString()).toBe('still here')
        break
      }
    })

    it('is closed with 1001 when nothing is said for too long', async () => {
      const { app } = makeApp()
      app.ws('/', { idleTimeoutMs: 5 }, ({ signal }) => aborted(signal))
      const { port } = await serveHttp(app, undefined, transport)
      const client = await RawWebSocket.open(port, '/')
      expect(await client.closing()).toBe('1001 Nothing was said for too long')
      await client.send(closeFrame(1001))
      await client.socket.closed
    })
  })

  describe('a client that does not read', () => {
    const large = 'x'.repeat(64 * 1024)

    it('holds the handler back, which holds no more than the high-water mark', async () => {
      const { app, resource, idle } = makeApp()
      let sent = 0
      let most = 0
      const { promise, resolve } = Promise.withResolvers<void>()
      app.ws('/', { deps: { resource }, send: z.string() }, async ({ socket }) => {
        for (; sent < 2_000; sent++) {
          const room = socket.send(large)
          most = Math.max(most, socket.bufferedBytes)
          if (socket.bufferedBytes > large.length) resolve()
          await room
        }
      })
      const { port } = await serveHttp(app, undefined, transport)
      const client = new RawWebSocket(port, { isPaused: true })
      void client.socket.write(handshake('/'))
      const gone = idle()
      // Not before the buffers of the system are full.
      await promise
      client.socket.destroy()
      await gone
      expect(sent).toBeLessThan(2_000)
      expect(most).toBeLessThan(2 * large.length + 100)
    })

    it('is closed when more waits than is allowed, and an unawaited send is no unhandled rejection', async () => {
      const { app } = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { maxBufferedBytes: 4 * large.length }, async ({ socket }) => {
        while (socket.isOpen) void socket.send(large)
        resolve([socket.bufferedBytes < 7 * large.length, await socket.send('more').catch(String)])
      })
      const { port } = await serveHttp(app, undefined, transport)
      const client = new RawWebSocket(port, { isPaused: true })
      void client.socket.write(handshake('/'))
      expect(await promise).toEqual([
        true,
        'SocketClosedError: The WebSocket was closed with 1008: Messages are not read fast enough',
      ])
      client.socket.resume()
      expect((await client.socket.answer()).status).toBe(101)
      for (let last = await client.frame(); ; last = await client.frame())
        if (last.opcode === opcodes.close) {
          expect(last.payload.readUInt16BE()).toBe(1008)
          break
        }
    })
  })

  it('reads no more than the handler can take', async () => {
    const { app } = makeApp()
    const { promise, resolve } = Promise.withResolvers<void>()
    const seen: number[] = []
    app.ws('/', { receive: text(), maxQueuedMessages: 2, maxMessageBytes: 100_000 }, async ({ socket }) => {
      await promise
      for await (const message of socket) {
        seen.push(message.length)
        if (seen.length === 200) await socket.send('done')
      }
    })
    const { port } = await serveHttp(app, undefined, transport)
    const client = await RawWebSocket.open(port, '/')
    const message = frame(opcodes.text, 'x'.repeat(100_000))
    let written = 0
    for (let count = 0; count < 200; count++) void client.send(message).then(() => written++)
    // What the system buffers on both sides is a few megabytes; the rest cannot be handed to it.
    for (let before = -1; before !== written; ) {
      before = written
      await turns(200)
    }
    expect(written).toBeLessThan(150)
    resolve()
    expect(await client.text()).toBe('done')
    expect(seen).toEqual(Array(200).fill(100_000))
  })

  it('leaves nothing behind, a thousand times', async () => {
    const { app, resource, open, idle } = makeApp()
    app.ws('/', { deps: { resource }, receive: text() }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message)
    })
    const server = await listen(app, 0)
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 100 }, () => RawWebSocket.open(server.port, '/')))
      expect(open.size).toBe(100)
      await Promise.all(clients.map((client) => client.send(frame(opcodes.text, 'hello'))))
      for (const client of clients) expect(await client.text()).toBe('hello')
      const gone = idle()
      // Some say goodbye, others just leave.
      clients.forEach((client, index) => {
        if (index % 2 === 0) client.socket.destroy()
        else void client.send(closeFrame(1000))
      })
      await gone
      expect(open.size).toBe(0)
    }
    // With a grace of nothing it would have to cut what were left.
    await server.close()
    expect(app.state).toBe('stopped')
  }, 30_000)
})
