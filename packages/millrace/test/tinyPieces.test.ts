import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { App, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const count = 600_000
const megabyte = 1024 * 1024

function makeApp(): App {
  const app = new App({ docs: false, logger: false })
  app.get('/ok', () => 'ok')
  app.post('/text', { body: text() }, ({ body }) => body.length)
  return app
}

/** How much more is held once the server has read what was sent to it. */
async function heldAfter(port: number, send: () => Promise<void>): Promise<number> {
  const other = new RawSocket(port)
  const turn = async () => {
    void other.write(rawRequest('GET', '/ok'))
    await other.answer()
  }
  await turn()
  collectGarbage()
  const before = process.memoryUsage()
  await send()
  // With each turn of the event loop one more packet is read, of 64 KiB at most.
  for (let turns = 0; turns < 200; turns++) await turn()
  collectGarbage()
  const after = process.memoryUsage()
  return after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers
}

describe.each(['net', 'http', 'http2'] as const)('a body that comes a byte at a time (%s)', (transport) => {
  it('takes little more memory than its bytes', async () => {
    const { port } = await serveHttp(makeApp(), undefined, transport)
    const socket = new RawSocket(port)
    const held = await heldAfter(port, () =>
      socket.write(
        rawRequest('POST', '/text', ['content-type: text/plain', 'transfer-encoding: chunked']) +
          '1\r\nx\r\n'.repeat(count),
      ),
    )
    expect(held).toBeLessThan(8 * megabyte)
    void socket.write('0\r\n\r\n')
    expect((await socket.answer()).body).toBe(String(count))
  })
})
