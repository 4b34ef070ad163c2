import type { IncomingMessage } from 'node:http'
import { lost, tooLarge } from './bodyErrors.ts'

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
 * @returns a function that takes no more
 */
export function readBody(request: IncomingMessage, maxBytes: number, sink: BodySink): () => void {
  const stop = () => {
    request.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost)
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
    stop()
    sink.end()
  }
  const onLost = () => fail(lost())
  if (request.readableFlowing !== null) fail(new TypeError('The body of this request has already been read'))
  else if (Number(request.headers['content-length'] ?? 0) > maxBytes) fail(tooLarge(maxBytes))
  else if (request.destroyed) onLost()
  else request.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost)
  return stop
}
