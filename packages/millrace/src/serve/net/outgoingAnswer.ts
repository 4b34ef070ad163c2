import type { Socket } from 'node:net'
import { type Answer, type AnswerStream, isBodiless, isStream } from '../answer.ts'
import { lastChunk, writeChunk } from '../chunk.ts'
import { contentLength } from '../contentLength.ts'
import { ResponseHead } from '../responseHead.ts'
import type { Trailers } from '../trailers.ts'

/** Up to here head and body are joined to one string; beyond it, the copy costs more than a second buffer. */
const maxJoinedLength = 64 * 1024

/** An answer that has been found fit to be sent, and how it goes over the wire (RFC 9112, section 6). */
export class OutgoingAnswer {
  readonly head: ResponseHead
  /** Whose pieces are to be sent. */
  readonly stream: AnswerStream | undefined
  /** Whether only the end of the connection tells where the body ends: to a client of HTTP/1.0, of no body either. */
  readonly endsWithConnection: boolean
  readonly #whole: string | Uint8Array | null
  /** Of the body; `undefined` where nobody knows it, or nothing must be said of it. */
  readonly #length: number | undefined
  readonly #isChunked: boolean
  readonly #trailers: Trailers | undefined
  /** Of a stream whose length is announced: what is still to come. */
  #left: number

  /**
   * @param isOld for HTTP/1.0, which knows no chunks: the end of the connection ends the body
   * @throws {RangeError | TypeError} for a status or a header that cannot be sent
   */
  constructor(answer: Answer, isHead: boolean, isOld: boolean) {
    const { status, headers, body } = answer
    this.head = new ResponseHead(status, headers.flat)
    const isSilent = isHead || isBodiless(status)
    this.stream = isStream(body) && !isSilent ? body : undefined
    this.#whole = isStream(body) || isSilent ? null : body
    this.#length = contentLength(answer, this.head.length, isHead)
    this.#isChunked = this.stream !== undefined && this.#length === undefined && !isOld
    this.#trailers = this.#isChunked ? answer.trailers : undefined
    this.endsWithConnection = isOld && this.#length === undefined
    this.#left = this.#length ?? Number.POSITIVE_INFINITY
  }

  /** How much memory it takes while it waits for its turn, about. */
  get size(): number {
    return this.#whole?.length ?? 0
  }

  /** Writes the head, and the body where it is whole: in one write if possible. */
  write(socket: Socket, connection: 'close' | 'keep-alive' | undefined): void {
    let text = this.head.text
    if (connection !== undefined) text += `connection: ${connection}\r\n`
    if (this.#trailers) text += `trailer: ${this.#trailers.announce()}\r\n`
    if (this.#isChunked) text += 'transfer-encoding: chunked\r\n\r\n'
    else text += this.#length === undefined ? '\r\n' : `content-length: ${this.#length}\r\n\r\n`
    const whole = this.#whole
    // As many bytes as characters: ASCII, which is the same in both encodings, and Node writes Latin-1 faster.
    if (typeof whole === 'string' && whole.length === this.#length && whole.length <= maxJoinedLength) {
      socket.write(text + whole, 'latin1')
    } else if (whole === null || whole.length === 0) socket.write(text, 'latin1')
    else {
      socket.cork()
      socket.write(text, 'latin1')
      writeData(socket, whole)
      socket.uncork()
    }
  }

  /**
   * Writes one piece of the stream. Returns whether there is room for more.
   *
   * @throws {RangeError} for more than was announced
   */
  writePiece(socket: Socket, piece: string | Uint8Array): boolean {
    if (this.#isChunked) return writeChunk(socket, piece)
    this.#left -= typeof piece === 'string' ? Buffer.byteLength(piece) : piece.byteLength
    if (this.#left < 0) throw new RangeError('The body is longer than its content-length')
    return writeData(socket, piece)
  }

  /** Ends the stream. @throws {RangeError} when less has been written than was announced */
  writeEnd(socket: Socket): void {
    if (this.#isChunked) socket.write(lastChunk(this.#trailers), 'latin1')
    else if (this.#length !== undefined && this.#left > 0)
      throw new RangeError('The body is shorter than its content-length')
  }
}

function writeData(socket: Socket, data: string | Uint8Array): boolean {
  return typeof data === 'string' ? socket.write(data, 'utf8') : socket.write(data)
}
