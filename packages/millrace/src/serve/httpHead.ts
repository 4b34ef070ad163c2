import type { ServerResponse } from 'node:http'
import { type Answer, isBodiless, isStream } from './answer.ts'

/**
 * Writes the head of an answer, which goes out with the first piece of its body.
 *
 * @param length of a body that is whole, in bytes
 * @throws {RangeError} for an interim status; what Node throws for a header that would split the answer
 */
export function writeHead(response: ServerResponse, { status, headers, body, trailers }: Answer, length: number): void {
  // Node would send an interim answer, after which the client waits for another.
  if (status < 200) throw new RangeError(`An answer cannot have the status ${status}`)
  // How the body is framed is decided here and by Node. A second opinion, such as that of an answer fetched from elsewhere, would split it.
  headers.delete('transfer-encoding')
  const isStreamed = isStream(body)
  if (!isStreamed && !isBodiless(status) && (body !== null || response.req.method !== 'HEAD')) {
    headers.delete('content-length')
    headers.flat.push('content-length', String(length))
  }
  // Set either way: a problem may take the place of a stream whose head could not be written.
  response.strictContentLength = isStreamed
  if (isStreamed) {
    // Node before 22.18 compares what has been written with the length as it was given: a text never equals it.
    const announced = headers.get('content-length')
    if (announced !== undefined) {
      headers.delete('content-length')
      const raw: (string | number)[] = headers.flat
      raw.push('content-length', Number(announced))
    }
  }
  // Without chunks, as for HTTP/1.0, Node refuses it.
  if (trailers && response.useChunkedEncodingByDefault) headers.flat.push('trailer', trailers.announce())
  // RFC 9110, section 15.5.9: the server has decided to wait no longer.
  if (status === 408) response.shouldKeepAlive = false
  // Node takes such a header as the last word.
  const connection = response.shouldKeepAlive ? undefined : headers.get('connection')
  if (connection !== undefined) headers.set('connection', `close, ${connection}`)
  response.writeHead(status, headers.flat)
}
