/**
 * Thrown by `receive()` and `send()` of a WebSocket that is over. A handler need not catch it: it is how most
 * handlers end, and is not logged.
 */
export class SocketClosedError extends Error {
  override readonly name: string = 'SocketClosedError'
  readonly code = 'socket_closed'
  /** As it was closed (RFC 6455, section 7.4.1): 1005 without a code, 1006 without a word. */
  readonly closeCode: number
  /** What the peer gave as its reason, or we did. */
  readonly reason: string

  constructor(closeCode: number, reason: string) {
    super(`The WebSocket was closed with ${closeCode}${reason === '' ? '' : `: ${reason}`}`)
    this.closeCode = closeCode
    this.reason = reason
  }
}
