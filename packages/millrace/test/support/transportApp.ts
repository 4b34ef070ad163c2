import { App } from 'millrace'
import { expect } from 'vitest'
import { z } from 'zod'
import { type Recorder, recorder } from './serve.ts'
import { RawSocket, rawRequest } from './socket.ts'

/** What tests of transports ask for by sockets of their own. */
export function makeApp(): { app: App; log: Recorder } {
  const log = recorder()
  const app = new App({ logger: log.logger, docs: false, maxBodyBytes: 1_000 })
  app.get('/ok', () => 'ok')
  app.post('/echo', { body: z.object({ a: z.number() }) }, ({ body }) => body)
  app.post('/ignore', () => 'ignored')
  return { app, log }
}

/** The server answers others as before. */
export async function expectServed(port: number): Promise<void> {
  const socket = new RawSocket(port)
  void socket.write(rawRequest('GET', '/ok', ['connection: close']))
  expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
  expect(await socket.closed).toBe('ended')
}
