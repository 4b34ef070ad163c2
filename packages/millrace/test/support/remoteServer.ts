import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ModelOptions, model, type RemoteOptions, remote } from 'millrace/models'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

export type Handle = (request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown

/** A server that answers as the test says, and remembers what it was asked. */
export async function fakeServer(...handlers: Handle[]) {
  const asked: { path: string; body: Buffer; headers: IncomingMessage['headers'] }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const handle = handlers[Math.min(asked.length, handlers.length - 1)] as Handle
    asked.push({ path: request.url ?? '', body, headers: request.headers })
    handle(request, body, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

export const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handle =>
  (_request, _body, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
export const stall: Handle = () => undefined
export const reset: Handle = (request) => request.socket.destroy()
export const half: Handle = (request, _body, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('[[0.5')
  setImmediate(() => request.socket.destroy())
}

/** All that a stream gives. */
export async function piecesOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const pieces: unknown[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

/** A model of a remote server, until the test is over. */
export function make(runtime: RemoteOptions, options: Partial<ModelOptions<z.ZodAny, z.ZodAny>> = {}) {
  const made = model({ name: 'remote', input: z.any(), output: z.any(), runtime: remote(runtime), ...options })
  onTestFinished(() => made.close())
  return made
}
