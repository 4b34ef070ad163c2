import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Running } from '../servers.ts'
import { type Item, type Prediction, predict } from '../workloads.ts'

// What a careful author writes without a framework: the same checks of input, a limit on the body, the
// content type, and no check of what is answered.
const maxBodyBytes = 1024 * 1024

const server = createServer((request, response) => {
  const { method } = request
  const url = request.url as string
  const queryStart = url.indexOf('?')
  const path = queryStart < 0 ? url : url.slice(0, queryStart)
  if (method === 'GET' && path === '/health') return send(response, 200, { status: 'ok' })
  if (method === 'POST' && path === '/predict') return receive(request, response)
  if (method === 'GET' && path.startsWith('/items/')) {
    const item = readItem(path.slice('/items/'.length), queryStart < 0 ? '' : url.slice(queryStart + 1))
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
      ? send(response, 200, predict(prediction.limit ?? 10))
      : send(response, 422, { message: 'The body is not valid' })
  })
}

function readPrediction(value: unknown): Prediction | undefined {
  if (!isObject(value)) return undefined
  const { text, limit = 10, options, tags } = value
  if (!isText(text, 2000) || !isInteger(limit, 100) || !isObject(options)) return undefined
  const { model, normalize } = options
  if (!isText(model, 64) || typeof normalize !== 'boolean') return undefined
  if (!Array.isArray(tags) || tags.length > 16) return undefined
  for (const tag of tags) if (!isText(tag, 32)) return undefined
  return { text, limit, options: { model, normalize }, tags }
}

function readItem(id: string, queryText: string): Item | undefined {
  const query = new URLSearchParams(queryText)
  const limit = query.get('limit')
  const tag = query.get('tag')
  if (!integer.test(id) || limit === null || !integer.test(limit)) return undefined
  const item = { id: Number(id), limit: Number(limit), tag: tag as string }
  if (!isInteger(item.id, Number.MAX_SAFE_INTEGER) || !isInteger(item.limit, 100) || !isText(tag, 32)) return undefined
  return item
}

const integer = /^-?\d+$/

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= maxLength
}

function isInteger(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max
}

export function start(): Promise<Running> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
