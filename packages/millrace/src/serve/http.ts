import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { codes, type ErrorCode } from '../errors/codes.ts'
import type { Listening, TransportOptions } from './exchange.ts'
import { HttpExchange } from './httpExchange.ts'

/** The transport on Node's own HTTP/1.1 server. */
export async function listenHttp({ host, port, handle, limits = {} }: TransportOptions): Promise<Listening> {
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes ?? 16 * 1024,
    headersTimeout: limits.headersTimeoutMs ?? 10_000,
    requestTimeout: limits.requestTimeoutMs ?? 60_000,
    keepAliveTimeout: limits.keepAliveTimeoutMs ?? 5_000,
    // How often the two timeouts above are looked at; Node's default of 30 s would make them three times as long.
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs ?? 1_000, limits.requestTimeoutMs ?? 1_000),
    noDelay: true,
  })
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (!server.listening) response.shouldKeepAlive = false
    handle(new HttpExchange(request, response))
  }
  server.on('request', onRequest)
  // With this listener Node leaves `100 Continue` to us: it is sent when the body is wanted, so that a refusal comes before the upload.
  server.on('checkContinue', onRequest)
  server.on('clientError', refuse)
  await listening(server, host, port)
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    close: () => close(server),
    destroy: () => server.closeAllConnections(),
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

/** Answers bytes that are no request, which no handler will ever see. */
function refuse(error: Error & { code?: string }, socket: Duplex): void {
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse }
  const isAnswered = response?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered) {
    socket.destroy()
    return
  }
  const code = refusalCode(error.code)
  const { status, title } = codes[code]
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: refusals[code], code })
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}

const refusals: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The request is not well-formed HTTP/1.1',
  headers_too_large: 'The headers of the request are larger than this server accepts',
  request_timeout: 'The request did not arrive in time',
}

function refusalCode(code: string | undefined): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  return 'bad_request'
}
