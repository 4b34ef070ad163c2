import { codes, type ErrorCode } from '../errors/codes.ts'
import type { TransportLog } from './exchange.ts'

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
