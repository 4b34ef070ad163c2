import { HttpError } from '../errors/HttpError.ts'
import { MessageError } from '../errors/MessageError.ts'
import { WebSocketError } from '../errors/WebSocketError.ts'

/** A close code and its reason. */
export interface Close {
  readonly code: number
  readonly reason: string
}

/** What is told of an error that a handler has thrown. `undefined` for one that it was not meant to throw. */
export function closeOf(error: unknown): Close | undefined {
  if (error instanceof WebSocketError) return { code: error.closeCode, reason: error.reason }
  if (error instanceof MessageError) return { code: error.closeCode, reason: error.reason }
  if (!(error instanceof HttpError)) return undefined
  if (error.code === 'stopping') return goingAway
  return { code: error.status < 500 ? 1008 : 1011, reason: error.detail }
}

/** RFC 6455, section 7.4.1 */
export const goingAway: Close = { code: 1001, reason: 'The server is stopping' }

/** Of an error that tells nothing to the client. */
export const internalError: Close = { code: 1011, reason: 'The server failed' }
