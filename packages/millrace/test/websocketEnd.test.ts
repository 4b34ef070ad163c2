import { App, dependency, HttpError, WebSocketError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { closeFrame, destroyAfterEach, frame, opcodes, RawWebSocket } from './support/rawWebSocket.ts'
import { recorder, serveHttp } from './support/serve.ts'

failOnFaults()
destroyAfterEach()

const textFrame = (message: unknown) => frame(opcodes.text, JSON.stringify(message))

describe.each(['http', 'net'] as const)('a WebSocket (%s)', (transport) => {
  const serve = async (app: App) => (await serveHttp(app, undefined, transport)).port
  const makeApp = () => new App({ docs: false, logger: recorder().logger })

  describe('the end', () => {
    it.each([
      ['a WebSocketError', new WebSocketError(4001, 'Closed for today'), '4001 Closed for today'],
      ['a reason that is too long', new WebSocketError(4001, 'é'.repeat(100)), `4001 ${'é'.repeat(61)}`],
      ['an HttpError of the client', new HttpError(404, 'No such room'), '1008 No such room'],
      ['an HttpError of the server', new HttpError(503, 'No model'), '1011 No model'],
    ])('tells of %s', async (_name, error, closing) => {
      const app = makeApp()
      app.ws('/', async () => {
        throw error
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe(closing)
    })

    it('is 1011 for a message of ours that does not fit, which is logged once', async () => {
      const log = recorder()
      const app = new App({ docs: false, logger: log.logger })
      app.ws('/', { send: z.object({ n: z.number() }) }, async ({ socket }) =>
        socket.send({ n: 'x' as unknown as number }),
      )
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe('1011 The server failed')
      expect(log.takeErrors()).toEqual([
        {
          message: 'A message could not be sent',
          error:
            'The result of WS / does not fit its response schema: n: Invalid input: expected number, received string',
        },
      ])
    })

    it('comes when the client closes: messages before it are received, the signal is aborted, sending fails', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', { receive: z.number() }, async ({ socket, signal }) => {
        const first = await socket.receive()
        const aborted = new Promise((told) =>
          signal.addEventListener('abort', () => told((signal.reason as Error).message)),
        )
        await socket.send('go on')
        await aborted
        const rest: number[] = []
        for await (const message of socket) rest.push(message)
        resolve([first, rest, socket.isOpen, await aborted, await socket.send('late').catch((error) => ({ ...error }))])
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.send(textFrame(1))
      expect(await client.text()).toBe('go on')
      await client.send(textFrame(2), textFrame(3), closeFrame(4002, 'bye'))
      expect(await client.closing()).toBe('4002 bye')
      expect(await promise).toEqual([
        1,
        [2, 3],
        false,
        'The client has left',
        { name: 'SocketClosedError', code: 'socket_closed', closeCode: 4002, reason: 'bye' },
      ])
      await client.socket.closed
    })

    it('comes when the handler closes, and waits for the client', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<unknown>()
      app.ws('/', async ({ socket }) => {
        await expect(socket.close(1005)).rejects.toThrow(RangeError)
        await socket.close(3000, 'done')
        resolve(await socket.receive().catch((error) => error.closeCode))
        await socket.close()
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      expect(await client.closing()).toBe('3000 done')
      await client.send(closeFrame(3000))
      expect(await promise).toBe(3000)
      await client.socket.closed
    })

    it('of a client that vanishes is no error of the handler that waits for it', async () => {
      const app = makeApp()
      const { promise, resolve } = Promise.withResolvers<void>()
      const resource = dependency(async function* () {
        try {
          yield 1
        } finally {
          resolve()
        }
      })
      app.ws('/', { deps: { resource } }, async ({ socket }) => {
        await socket.send('hello')
        await socket.receive()
      })
      const client = await RawWebSocket.open(await serve(app), '/')
      await client.text()
      client.socket.destroy()
      await promise
    })
  })
})
