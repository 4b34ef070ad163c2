import { constants, type ServerHttp2Stream } from 'node:http2'
import { codes } from '../../errors/codes.ts'
import { problem, type RefusalCode } from '../refusal.ts'

/** Whether the last byte of a request has come, be it read or not. */
export function isRequestWhole(stream: ServerHttp2Stream): boolean {
  return stream.endAfterHeaders || stream.readableEnded || stream.state.remoteClose === 1
}

/** Answers a stream that no handler answers. One whose answer has begun is cut. */
export function refuseStream(stream: ServerHttp2Stream, code: RefusalCode): void {
  if (stream.destroyed || stream.closed) return
  if (stream.headersSent) return stream.close(constants.NGHTTP2_CANCEL)
  const body = problem(code, 'HTTP/2')
  stream.respond({
    ':status': codes[code].status,
    'content-type': 'application/problem+json',
    'content-length': body.length,
  })
  stream.end(body)
  // RFC 9113, section 8.1: nobody reads what may still come.
  if (!isRequestWhole(stream)) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
}
