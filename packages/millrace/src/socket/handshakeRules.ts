import { codedError } from '../errors/codedError.ts'
import { WebSocketError } from '../errors/WebSocketError.ts'

/** How handshakes are refused: the part of WebSockets in a profile. */
export interface HandshakeRules {
  /** What is answered for an error before the handshake is accepted: there is nothing to close yet. */
  readonly refusalOf: (error: unknown) => unknown
}

/** Millrace's own: as any operation does, and 403 for what would close a WebSocket. */
export const standardHandshake: HandshakeRules = {
  refusalOf: (error) =>
    error instanceof WebSocketError
      ? codedError('handshake_refused', error.reason || 'The server has not accepted this WebSocket', { cause: error })
      : error,
}
