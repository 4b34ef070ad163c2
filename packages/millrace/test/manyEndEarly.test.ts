import { createServer } from 'node:http'
import { App, dependency, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { recorder, transportInUse } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'
import { aborted } from './support/tellingApp.ts'
import { expectServed } from './support/transportApp.ts'

failOnFaults()

describe('2,000 mixed requests, many of which end early', () => {
  it('leave nothing behind', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger, docs: false, heartbeatMs: 5, maxBodyBytes: 1_000 })
    let open = 0
    const generators = new Set<object>()
    const resource = dependency(async function* () {
      open++
      try {
        yield 1
      } finally {
        open--
      }
    })
    app.get('/ok', { deps: { resource } }, () => 'ok')
    app.post('/echo', { body: text(), deps: { resource } }, ({ body }) => body)
    app.get('/slow', { deps: { resource } }, ({ signal }) => aborted(signal).then(() => 'late'))
    app.get('/stream', { response: sse(z.string()), deps: { resource } }, async function* ({ signal }) {
      const one = {}
      generators.add(one)
      try {
        while (!signal.aborted) {
          yield 'x'.repeat(1_000)
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        generators.delete(one)
      }
    })
    const server = await app.listen({ port: 0, signals: false, graceMs: 500, transport: transportInUse() })
    const body = 'a'.repeat(50)
    const plain = 'content-type: text/plain'
    const kinds: ((socket: RawSocket) => Promise<unknown>)[] = [
      (socket) => socket.write(rawRequest('GET', '/ok')).then(() => socket.answer()),
      (socket) => socket.write(rawRequest('GET', '/ok')),
      (socket) => socket.write(rawRequest('POST', '/echo', [plain], body)).then(() => socket.answer()),
      (socket) => socket.write(rawRequest('POST', '/echo', [plain, 'content-length: 100'])),
      (socket) => socket.write(rawRequest('POST', '/echo', [plain], 'a'.repeat(2_000))).then(() => socket.answer()),
      (socket) => socket.write(rawRequest('GET', '/slow')),
      (socket) => socket.write(rawRequest('GET', '/stream')).then(() => socket.until('data: ')),
      (socket) => socket.write(rawRequest('GET', '/stream')),
      (socket) => socket.write(rawRequest('GET', '/slow') + rawRequest('GET', '/stream') + rawRequest('GET', '/ok')),
      (socket) => socket.write('garbage\r\n\r\n').then(() => socket.answer()),
    ]
    let next = 0
    const worker = async () => {
      while (next < 2_000) {
        const kind = kinds[next++ % kinds.length] as (typeof kinds)[number]
        const socket = new RawSocket(server.port)
        await kind(socket)
        socket.destroy()
      }
    }
    await Promise.all(Array.from({ length: 40 }, worker))
    await expectServed(server.port)
    await server.close()
    expect({ open, generators: generators.size, state: app.state }).toEqual({
      open: 0,
      generators: 0,
      state: 'stopped',
    })
    // The port is free again, so no socket of the server is left.
    const again = createServer()
    await new Promise<void>((resolve, reject) => again.once('error', reject).listen(server.port, '127.0.0.1', resolve))
    await new Promise((resolve) => again.close(resolve))
  }, 60_000)
})
