import type { ServerHttp2Stream } from 'node:http2'

/**
 * Tells whether the client of a stream takes nothing of what has been written to it. Node's own timer of a stream begins
 * anew whenever anything leaves its connection, be it of another stream.
 */
export class SendWatch {
  readonly #stream: ServerHttp2Stream
  /** At the last look. */
  #sentBytes = -1
  #sinceMs = 0

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  /**
   * For how long nothing has left, as far as is known. Looked at again and again, while something is to be sent.
   *
   * @param writtenBytes to the stream, in all: in pieces that are not large, of which one leaves as a whole
   */
  stalledMs(nowMs: number, writtenBytes: number): number {
    const sentBytes = writtenBytes - this.#stream.writableLength
    if (sentBytes !== this.#sentBytes) {
      this.#sentBytes = sentBytes
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs
  }
}
