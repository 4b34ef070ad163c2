/**
 * Thrown by a {@link ClientSocket} that was closed: by iterating it where that was not the regular end (1000, or
 * 1001 of a server that stops), by `receive()` and `send()` in any case.
 */
export class ClientSocketError extends Error {
  override readonly name: string = 'ClientSocketError'
  /** RFC 6455, section 7.4.1: 1005 without a code, 1006 without a word, which is also how browsers tell of a refusal. */
  readonly closeCode: number
  /** What the server said. */
  readonly reason: string

  constructor(request: string, closeCode: number, reason: string, options?: ErrorOptions) {
    super(`${request} was closed with ${closeCode}${reason === '' ? '' : `: ${reason}`}`, options)
    this.closeCode = closeCode
    this.reason = reason
  }
}
