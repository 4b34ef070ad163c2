import { HeaderList } from './headers.ts'
import { type MakeTrailer, Trailers } from './trailers.ts'

/** One piece of a body, or its end. */
export type AnswerPiece = IteratorResult<string | Uint8Array, unknown>

/** What waits for the next piece of a body. */
export interface PieceTaker {
  readonly take: (piece: AnswerPiece) => void
  readonly fail: (error: unknown) => void
}

/**
 * A body in pieces. A transport asks for the next only when the last is on its way, and calls `return` once
 * it wants no more, because the end has come or the client has left. `return` may be called twice and while
 * a `next` is pending: that `next` then settles as done. It resolves when all has been cleaned up, and
 * never rejects; `next` rejects when the body cannot be completed.
 */
export interface AnswerStream {
  next(): Promise<AnswerPiece>
  /**
   * Like `next`, where it can be had without a promise for each piece: a fifth of what an event costs. `taker` is
   * called once, never before this returns.
   */
  nextTo?(taker: PieceTaker): void
  return(): Promise<void>
}

/** Asks a body for its next piece, on the way that costs least. */
export function takeNext(stream: AnswerStream, taker: PieceTaker): void {
  try {
    if (stream.nextTo) stream.nextTo(taker)
    else stream.next().then(taker.take, taker.fail)
  } catch (error) {
    taker.fail(error)
  }
}

/** What goes back to the client: what every middleware sees, and all that a transport has to know. */
export class Answer {
  status: number
  readonly headers: HeaderList
  /** Whole, in pieces, or none. */
  body: string | Uint8Array | AnswerStream | null
  /** What follows a body in pieces, where anything does. */
  trailers: Trailers | undefined = undefined
  /** The error that this answer tells of, if it does. */
  readonly error: unknown

  /**
   * @param headers name, value, name, value; or a list, which the answer then changes as its own
   * @throws {TypeError} when a header holds characters that it must not
   */
  constructor(status: number, headers: readonly string[] | HeaderList, body: Answer['body'], error?: unknown) {
    this.status = status
    this.headers = headers instanceof HeaderList ? headers : new HeaderList(headers)
    this.body = body
    this.error = error
  }

  /**
   * Adds a trailer: a field that follows a body in pieces, of which nobody knows the length. Where an answer has
   * another body, or the client speaks HTTP/1.0, it is left out (RFC 9110, section 6.5).
   *
   * @param make called when the body has ended; what it fails with cuts the connection, and is logged
   * @throws {TypeError} for a name that no header can have
   * @throws {TrailerError} `forbidden_trailer` for a field that has to stand before the body; `late_trailer`
   *
   * @example
   * app.use(async (context, next) => {
   *   const startedAt = performance.now()
   *   return (await next()).trailer('server-timing', () => `total;dur=${performance.now() - startedAt}`)
   * })
   */
  trailer(name: string, make: MakeTrailer): this {
    this.trailers ??= new Trailers()
    this.trailers.add(name, make)
    return this
  }

  /** With headers of its own: what is added to it leaves this answer as it is. */
  '~copy'(error: unknown = this.error): Answer {
    const copy = new Answer(this.status, HeaderList['~of'](...this.headers.flat), this.body, error)
    copy.trailers = this.trailers?.copy()
    return copy
  }
}

/** Whether a body comes in pieces. */
export function isStream(body: Answer['body']): body is AnswerStream {
  return body !== null && typeof body === 'object' && 'next' in body
}

/** Whether a status forbids a body (RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304 || status < 200
}
