import { App, dependency } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serveFetch, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

/** An app whose guard is open while a body is waited for. */
function withGuard() {
  const closed = Promise.withResolvers<void>()
  const guard = dependency({ guard: true }, async function* () {
    try {
      yield 'open'
    } finally {
      closed.resolve()
    }
  })
  const app = new App({ timeoutMs: 50 })
  app.post('/', { body: z.object({ a: z.string() }), deps: { guard } }, () => 'unreached')
  return { app, closed: closed.promise }
}

const late = { status: 408, code: 'request_timeout', detail: 'The body did not come within 50 ms' }

describe.each(['http', 'net'] as const)('a body that never comes to its end (%s)', (transport) => {
  it('is answered in time, and what was opened for it is closed', async () => {
    const { app, closed } = withGuard()
    const { port } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    const request = rawRequest('POST', '/', ['content-type: application/json', 'content-length: 100'])
    await socket.write(`${request}{"a":`)
    expect(JSON.parse((await socket.answer()).body)).toMatchObject(late)
    await closed
  })
})

describe('a body that never comes to its end (fetch)', () => {
  it('is answered in time, and what was opened for it is closed', async () => {
    const { app, closed } = withGuard()
    const { request } = await serveFetch(app)
    const cancelled = Promise.withResolvers<void>()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{"a":')),
      cancel: () => cancelled.resolve(),
    })
    const headers = { 'content-type': 'application/json' }
    const response = await request('/', { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect(await response.json()).toMatchObject(late)
    await closed
    await cancelled.promise
  })
})
