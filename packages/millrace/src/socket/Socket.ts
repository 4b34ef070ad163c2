/** How a handshake is accepted. */
export interface AcceptOptions {
  /** One of those that the client offers. Default: the first of the operation's that it does. */
  readonly subprotocol?: string
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * One WebSocket, as its handler sees it. Iterating it gives the messages of the client until either side closes.
 *
 * It closes by itself when the handler is through: with 1000, or with what the handler has thrown.
 */
export interface Socket<Received = unknown, Sent = unknown> extends AsyncIterable<Received> {
  /** Aborted when the client has left, or the server stops: the context's `signal`. */
  readonly signal: AbortSignal
  /** The one that was chosen; empty for none. */
  readonly subprotocol: string
  /** Those that the client offers, in its order. */
  readonly offeredSubprotocols: readonly string[]
  /** Whether messages can be sent. */
  readonly isOpen: boolean
  /** What waits to be sent, in bytes. */
  readonly bufferedBytes: number
  /**
   * Answers the handshake; only where the operation says `accept: 'manual'`. Resolves when the connection is open.
   *
   * @throws {SocketClosedError} when the client has left; {TypeError} when it has been accepted already, or for a
   *   subprotocol that the client has not offered
   */
  accept(options?: AcceptOptions): Promise<void>
  /**
   * Sends a message. Await it, so that a slow client slows the handler down: it resolves when there is room for the
   * next one. A rejection that nobody awaits is no unhandled one.
   *
   * @throws {SocketClosedError} when the WebSocket is over; {ResponseError} for a message that does not fit `send`
   */
  send(message: Sent): Promise<void>
  /**
   * The next message of the client.
   *
   * @throws {SocketClosedError} when there is none any more; {MessageError} for one that does not fit `receive`,
   *   after which the next may be received
   */
  receive(): Promise<Received>
  /**
   * Closes the WebSocket, and resolves when the client has answered, or after 5 seconds. Before the handshake is
   * accepted it refuses it, with 403.
   *
   * @param code as a `WebSocketError` takes it; default 1000
   * @param reason for the client to read; it is cut to 123 bytes
   * @throws {RangeError} for a code that cannot be sent
   */
  close(code?: number, reason?: string): Promise<void>
}
