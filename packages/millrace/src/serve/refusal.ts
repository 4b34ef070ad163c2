import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { codes, type ErrorCode } from '../errors/codes.ts'
import type { TransportLog } from './exchange.ts'
import { isLingering, linger } from './linger.ts'

/** Why a request is refused that no handler will see. */
export type RefusalCode = Extract<ErrorCode, 'bad_request' | 'headers_too_large' | 'request_timeout'>

const details: Record<RefusalCode, string> = {
  bad_request: 'The request is not well-formed',
  headers_too_large: 'The headers of the request are larger than this server accepts',
  request_timeout: 'The request did not arrive in time',
}

/**
 * Tells of a request that has been refused before the app knew of it: at the level of debug, because any client can bring
 * that about as often as it likes, and without a byte of what has come, which may be anything.
 */
export function logRefusal(log: TransportLog | undefined, code: RefusalCode, clientAddress: string | undefined): void {
  log?.debug('A request was refused', { status: codes[code].status, code, clientAddress })
}

/** What the body of such an answer is. */
export function problem(code: RefusalCode, protocol: 'HTTP/1.1' | 'HTTP/2' = 'HTTP/1.1'): string {
  const { status, title } = codes[code]
  const detail = code === 'bad_request' ? `${details[code]} ${protocol}` : details[code]
  return JSON.stringify({ type: 'about:blank', title, status, detail, code })
}

/** A whole answer, which closes the connection, as it goes over the wire. */
export function refusal(code: RefusalCode): string {
  const { status, title } = codes[code]
  const body = problem(code)
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`
  return head + body
}

/** Answers a request that could be read but breaks the rules of HTTP, and closes its connection. */
export function refuseRequest(response: ServerResponse, log: TransportLog | undefined): void {
  logRefusal(log, 'bad_request', response.req.socket.remoteAddress)
  const body = problem('bad_request')
  response.shouldKeepAlive = false
  response.writeHead(400, ['content-type', 'application/problem+json', 'content-length', String(body.length)])
  response.end(body)
}

/** Answers bytes that are no request, or no whole one. For the event `clientError`. */
export function refuseConnection(
  error: Error & { code?: string },
  socket: Duplex,
  log: TransportLog | undefined,
): void {
  // Node keeps here the response that is being written; there is no public way to it.
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse }
  if (socket.writableEnded) return
  if (error.code === 'ECONNRESET' || !socket.writable || response?.headersSent) {
    socket.destroy()
    return
  }
  // The request being answered is whole; the fault is in what follows it.
  if (response?.req.complete) {
    response.shouldKeepAlive = false
    return
  }
  // Who reads the body answers that it is late, as an answer like all others; `readBody` listens for that.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && response?.req.emit('late')) return
  // What is wrong with the rest of a request that has its answer is told to nobody.
  if (isLingering(socket as Socket)) socket.end()
  else {
    const code = codeOf(error.code)
    if (!response) logRefusal(log, code, (socket as Socket).remoteAddress)
    socket.end(refusal(code))
  }
  // Node's parser, which would complain of every further byte.
  socket.removeAllListeners('data')
  linger(socket, socket as Socket)
}

function codeOf(code: string | undefined): RefusalCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  return 'bad_request'
}
