import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TransportLog } from '../exchange.ts'
import { isLingering, linger } from '../linger.ts'
import { logRefusal, problem, type RefusalCode, refusal } from '../refusal.ts'
import { endWhenSent } from './delivery.ts'
import { responseOf } from './nodeHttp.ts'
import { newestBehind } from './pipelining.ts'

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
  const response = responseOf(socket)
  if (socket.writableEnded) return
  const isGone = error.code === 'ECONNRESET' || !socket.writable
  // The request being answered is whole; the fault is in what follows it.
  if (!isGone && response?.req.complete) return endBehind(response, socket as Socket)
  if (isGone || response?.headersSent) {
    socket.destroy()
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

/** Ends a connection behind the last of its requests that is whole. */
function endBehind(first: ServerResponse, socket: Socket): void {
  const newest = newestBehind(first, socket)
  const last = newest.req.complete ? newest : first
  // Node complains of every further byte.
  if (!last.shouldKeepAlive) return
  last.shouldKeepAlive = false
  // Its head says that the connection stays open.
  if (last.headersSent) last.once('finish', () => endWhenSent(socket))
}

function codeOf(code: string | undefined): RefusalCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  return 'bad_request'
}
