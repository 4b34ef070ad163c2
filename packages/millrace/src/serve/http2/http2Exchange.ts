import { constants, type ServerHttp2Stream } from 'node:http2'
import { type Answer, type AnswerStream, isBodiless, isStream } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { IncomingBody } from '../incomingBody.ts'
import type { MaybePromise } from '../maybePromise.ts'
import type { RefusalCode } from '../refusal.ts'
import type { Trailers } from '../trailers.ts'
import { BodyInPieces, maxWriteBytes } from './inPieces.ts'
import { isRequestWhole, refuseStream } from './refusal.ts'
import { type Http2Head, headerOf } from './requestHead.ts'
import { fieldsOf, responseHead } from './responseHead.ts'

/** What is known of the connection of a request. */
export interface Http2Peer {
  readonly scheme: 'http' | 'https'
  readonly clientAddress: string | undefined
  readonly isUnixPeer: boolean
}

/** One request on a stream of HTTP/2 (RFC 9113, section 8). */
export class Http2Exchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly clientAddress: string | undefined
  readonly isUnixPeer: boolean
  /** RFC 8441 is not spoken: clients take HTTP/1.1 for their WebSockets. */
  readonly isUpgrade = false
  readonly hasBody: boolean
  readonly #fields: readonly string[]
  readonly #stream: ServerHttp2Stream
  #trailers: readonly string[] = []
  /** To the stream, in pieces that are not large. */
  writtenBytes = 0
  #isRefused = false
  /** Whether the last of the answer has been written. */
  #isEnded = false
  #body: IncomingBody | undefined = undefined

  constructor({ method, target, fields }: Http2Head, stream: ServerHttp2Stream, peer: Http2Peer) {
    this.method = method
    this.target = target
    this.scheme = peer.scheme
    this.clientAddress = peer.clientAddress
    this.isUnixPeer = peer.isUnixPeer
    this.hasBody = !stream.endAfterHeaders
    this.#fields = fields
    this.#stream = stream
  }

  get isClosed(): boolean {
    const stream = this.#stream
    if (this.#isRefused) return true
    if (!stream.destroyed && !stream.closed && !stream.aborted) return false
    // Not by `writableFinished`: Node ends by itself, as if it were whole, what the client has reset, and may close what is whole before it says so.
    return !this.#isEnded || stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR
  }

  header(name: string): string | undefined {
    return headerOf(this.#fields, name)
  }

  rawHeaders(): readonly string[] {
    return this.#fields
  }

  body(maxBytes: number): Promise<Uint8Array> {
    return this.#incoming.read(maxBytes)
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    return this.#incoming.stream(maxBytes)
  }

  get #incoming(): IncomingBody {
    // Node has refused what is no number, and what differs from what comes (RFC 9113, section 8.1.1).
    const announced = Number(this.header('content-length') ?? 0)
    this.#body ??= new IncomingBody(this.#stream, announced, () => this.#continue())
    return this.#body
  }

  rawTrailers(): readonly string[] | undefined {
    return this.#stream.readableEnded || !this.hasBody ? this.#trailers : undefined
  }

  /** They have come, before anyone is told of the end of the body. */
  takeTrailers(fields: readonly string[]): void {
    this.#trailers = fields
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener()
    else this.#onOver(() => this.isClosed && listener())
  }

  send(answer: Answer): MaybePromise<void> {
    const stream = this.#stream
    const { body } = answer
    if (this.isClosed || stream.headersSent) return isStream(body) ? body.return() : undefined
    const isHead = this.method === 'HEAD'
    const isSilent = isHead || isBodiless(answer.status)
    const pieces = isSilent ? undefined : piecesOf(body)
    let length: number | undefined
    try {
      const head = responseHead(answer, isHead)
      length = head.length
      if (pieces && answer.trailers) head.headers['trailer'] = answer.trailers.announce()
      stream.respond(head.headers, { endStream: isSilent || body === null, waitForTrailers: pieces !== undefined })
    } catch (error) {
      if (isStream(body)) void body.return()
      throw error
    }
    if (pieces) return this.#pump(pieces, length, answer.trailers)
    this.#end(isSilent || isStream(body) ? null : body)
    if (isStream(body)) return body.return()
    return this.#untilOver()
  }

  /** Answers it, as far as it can still be answered: no handler sees it, or its handler is not waited for any more. */
  refuse(code: RefusalCode): void {
    this.#isRefused = true
    refuseStream(this.#stream, code)
  }

  /** Ends it without the rest of its answer, which its client does not take. */
  cut(): void {
    this.#isRefused = true
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  /** Settles when the last byte has been handed over, or the client has left: Node says `finish` before that. */
  #untilOver(): MaybePromise<void> {
    const stream = this.#stream
    return stream.destroyed ? undefined : new Promise((resolve) => stream.once('close', resolve))
  }

  #end(body: string | Uint8Array | null): void {
    const stream = this.#stream
    this.#isEnded = true
    if (body === null) stream.end()
    else {
      this.writtenBytes += Buffer.byteLength(body)
      stream.end(body)
    }
    if (isRequestWhole(stream)) return
    // RFC 9113, section 8.1: the answer is whole, and nobody reads what may still come of the request.
    this.#onOver(() => {
      this.#body?.lose()
      stream.close(constants.NGHTTP2_NO_ERROR)
    })
  }

  /** Writes each piece when the one before has left, until the end or until the client is gone. */
  async #pump(pieces: AnswerStream, length: number | undefined, trailers: Trailers | undefined): Promise<void> {
    const stream = this.#stream
    let isOpen = true
    let resume: (() => void) | undefined
    this.#onOver(() => {
      isOpen = false
      resume?.()
      void pieces.return()
    })
    stream.on('drain', () => resume?.())
    const drain = () => new Promise<void>((resolve) => (resume = resolve))
    const write = (piece: string | Uint8Array) => {
      this.writtenBytes += Buffer.byteLength(piece)
      return stream.write(piece)
    }
    // Node ends a stream that is to be reset as if it were whole, but for one that still waits for trailers.
    stream.on('wantTrailers', () => this.#isEnded && stream.sendTrailers(trailers ? fieldsOf(trailers.fields) : {}))
    let left = length ?? Number.POSITIVE_INFINITY
    try {
      while (isOpen) {
        const piece = await pieces.next()
        if (!isOpen) break
        if (piece.done === true) {
          if (length !== undefined && left > 0) throw new RangeError('The body is shorter than its content-length')
          this.#end(null)
          break
        }
        const size = Buffer.byteLength(piece.value)
        left -= size
        if (left < 0) throw new RangeError('The body is longer than its content-length')
        if (size <= maxWriteBytes) {
          if (!write(piece.value) && isOpen) await drain()
        } else {
          const parts = new BodyInPieces(piece.value)
          for (let part = await parts.next(); isOpen && part.done !== true; part = await parts.next())
            if (!write(part.value) && isOpen) await drain()
        }
      }
    } catch {
      // The head is out: only an error of the stream can still tell the client that the body is not whole.
      stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    }
    await pieces.return()
    await this.#untilOver()
  }

  /** Calls `listener` once: when the answer is whole, or the stream has ended before. */
  #onOver(listener: () => void): void {
    const stream = this.#stream
    const once = () => {
      stream.off('finish', once).off('close', once)
      listener()
    }
    if (stream.destroyed || stream.writableFinished) listener()
    else stream.on('finish', once).on('close', once)
  }

  /** RFC 9110, section 10.1.1; before the head of the final answer alone. */
  #continue(): void {
    const stream = this.#stream
    if (!this.hasBody || stream.headersSent || stream.closed || this.header('expect')?.toLowerCase() !== '100-continue')
      return
    stream.additionalHeaders({ ':status': 100 })
  }
}

/** Of a stream, and of a body that is too large to be written at once. */
function piecesOf(body: Answer['body']): AnswerStream | undefined {
  if (body === null) return undefined
  if (isStream(body)) return body
  // A character takes three bytes at most.
  return body.length * 3 > maxWriteBytes && Buffer.byteLength(body) > maxWriteBytes ? new BodyInPieces(body) : undefined
}
