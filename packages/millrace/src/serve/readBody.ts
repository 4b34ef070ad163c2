import type { Readable } from 'node:stream'
import { late, lost, tooLarge } from './bodyErrors.ts'

/** What is done with a body as it comes. One of `end` and `fail` is called, once and last. */
export interface BodySink {
  data(chunk: Buffer): void
  end(): void
  fail(error: unknown): void
}

/**
 * Takes the body of a request, up to `maxBytes`. A body too large is refused as early as it is known to be,
 * and what is left of it stays unread.
 *
 * @param announced what the request says of its length, in bytes; 0 where it says nothing
 * @returns a function that takes no more: whoever still waits for the body is told that it is lost
 */
export function readBody(request: Readable, announced: number, maxBytes: number, sink: BodySink): () => void {
  let isOver = false
  // Only where the body is left before its end: to take listeners off a request that is over costs more than they do.
  const stop = () => {
    isOver = true
    request.off('data', onData).off('end', onEnd).off('close', onLost).off('late', onLate)
  }
  const fail = (error: unknown) => {
    stop()
    sink.fail(error)
  }
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) fail(tooLarge(maxBytes))
    else sink.data(chunk)
  }
  const onEnd = () => {
    isOver = true
    sink.end()
  }
  // A request that breaks off is closed, too, and tells of an error only those who listen for one.
  const onLost = () => {
    if (!isOver) fail(lost())
  }
  const onLate = () => fail(late())
  if (!isUnread(request)) fail(new TypeError('The body of this request has already been read'))
  else if (announced > maxBytes) fail(tooLarge(maxBytes))
  // One without a body is at its end from the start (`optimizeEmptyRequests`).
  else if (request.readableEnded) onEnd()
  else if (request.destroyed) onLost()
  else request.on('data', onData).on('end', onEnd).on('close', onLost).on('late', onLate)
  return onLost
}

/** Whether nobody has begun to read a body. */
export function isUnread(request: Readable): boolean {
  return request.readableFlowing === null && !request.readableDidRead
}
