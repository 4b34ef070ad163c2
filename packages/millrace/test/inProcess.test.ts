import { App, bytes } from 'millrace'
import { createTestClient } from 'millrace/testing'
import { expect, it } from 'vitest'
import { failOnFaults } from './support/faults.ts'
import { recorder } from './support/serve.ts'

failOnFaults()

it('an answer in the place of a WebSocket that fails is cut, also within the process', async () => {
  const log = recorder()
  const app = new App({ docs: false, logger: log.logger })
  const failed = Promise.withResolvers<void>()
  app.get('/failing', { response: bytes() }, async function* () {
    yield new Uint8Array(1)
    await new Promise((resolve) => setImmediate(resolve))
    failed.resolve()
    throw new Error('lost')
  })
  // What the client expects there.
  const socket = new App().ws('/failing', () => undefined)
  const client = createTestClient<{ socket: typeof socket }>(app)
  await expect(client.ws('/failing', { sends: 'text', receives: 'text' }).receive()).rejects.toThrow()
  await failed.promise
  await client.close()
  expect(log.takeErrors()).toEqual([{ message: 'A stream failed', error: 'lost' }])
})
