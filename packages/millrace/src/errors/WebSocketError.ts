/**
 * Thrown to end a WebSocket with a close code (RFC 6455, section 7.4). Thrown before the handshake is accepted,
 * by a dependency say, it refuses it with 403.
 *
 * @param closeCode 1000 to 1003, 1007 to 1014, or one of your own from 3000 to 4999
 * @param reason for the client to read; it is sent, cut to 123 bytes
 * @throws {RangeError} for a code that cannot be sent
 *
 * @example
 * throw new WebSocketError(4001, 'This room is closed')
 */
export class WebSocketError extends Error {
  override readonly name: string = 'WebSocketError'
  readonly closeCode: number
  readonly reason: string

  constructor(closeCode: number, reason = '', options?: ErrorOptions) {
    refuseCloseCode(closeCode)
    super(reason || `Closed with ${closeCode}`, options)
    this.closeCode = closeCode
    this.reason = reason
  }
}

/** RFC 6455, section 7.4: of the codes below 3000 only these may be sent. @throws {RangeError} */
export function refuseCloseCode(code: number): void {
  const isDefined = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
  if (!Number.isInteger(code) || !(isDefined || (code >= 3000 && code <= 4999)))
    throw new RangeError(
      `A WebSocket cannot be closed with the code ${code}: take 1000, or one of your own from 3000 to 4999`,
    )
}
