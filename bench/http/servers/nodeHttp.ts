import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node:querystring'
import type { Running } from '../servers.ts'
import { call, predict, tokens } from '../workloads.ts'
import { readItem, readPrediction } from './byHand.ts'

// What a careful author writes without a framework: the same checks of input, a limit on the body, the
// content type, and no check of what is answered.
const maxBodyBytes = 1024 * 1024

const server = createServer({ optimizeEmptyRequests: true }, (request, response) => {
  const { method } = request
  const url = request.url as string
  const queryStart = url.indexOf('?')
  const path = queryStart < 0 ? url : url.slice(0, queryStart)
  if (method === 'GET' && path === '/health') return send(response, 200, { status: 'ok' })
  if (method === 'POST' && path === '/predict') return receive(request, response)
  if (method === 'GET' && path === '/wait') return wait(response)
  if (method === 'GET' && path === '/events') return stream(response)
  if (method === 'GET' && path.startsWith('/items/')) {
    const { limit, tag } = parse(queryStart < 0 ? '' : url.slice(queryStart + 1))
    const item = readItem(path.slice('/items/'.length), limit, tag)
    return item ? send(response, 200, item) : send(response, 422, { message: 'The parameters are not valid' })
  }
  return send(response, 404, { message: 'Not found' })
})

function send(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers['content-type'] !== 'application/json')
    return send(response, 415, { message: 'Only application/json is taken' })
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBodyBytes) {
      send(response, 413, { message: 'The body is too large' })
      request.destroy()
    } else chunks.push(chunk)
  })
  request.on('end', () => {
    const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    let value: unknown
    try {
      value = JSON.parse(bytes.toString())
    } catch {
      return send(response, 400, { message: 'The body is not JSON' })
    }
    const prediction = readPrediction(value)
    return prediction
      ? send(response, 200, predict(prediction))
      : send(response, 422, { message: 'The body is not valid' })
  })
}

function wait(response: ServerResponse): void {
  call().then(
    () => send(response, 200, { status: 'ok' }),
    () => response.destroy(),
  )
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  writeEvents(response).catch(() => response.destroy())
}

async function writeEvents(response: ServerResponse): Promise<void> {
  for await (const token of tokens()) {
    // The client has left.
    if (response.destroyed) return
    if (!response.write(`data: ${JSON.stringify(token)}\n\n`)) await drained(response)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle)
      resolve()
    }
    response.on('drain', settle).on('close', settle)
  })
}

export function start(listenPort: number): Promise<Running> {
  return new Promise((resolve) => {
    server.listen(listenPort, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
