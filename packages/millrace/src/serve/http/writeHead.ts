import type { ServerResponse } from 'node:http'
import { type Answer, isBodiless, isStream } from '../answer.ts'
import { announcedLength, contentLength } from '../contentLength.ts'
import { reasonPhrases } from '../reasonPhrases.ts'
import { ResponseHead } from '../responseHead.ts'

const latin1 = /[\x80-\xff]/

/**
 * Writes the head of an answer, which goes out with the first piece of its body.
 *
 * @param length of a body that is whole, in bytes
 * @param keepAlive the value of the header of that name where the connection stays open
 * @throws {RangeError} for a status that is none, such as an interim one
 * @throws {TypeError} for a header that would split the answer, or a length that is no number
 */
export function writeHead(response: ServerResponse, answer: Answer, length: number, keepAlive: string): void {
  if (!storeHead(response, answer, length, keepAlive)) composeHead(response, answer, keepAlive)
}

/**
 * Sends the head for itself. Else Node writes it in the encoding of the body that it goes with, and before an interim
 * answer that waits for its turn.
 */
export function flushHead(response: ServerResponse): void {
  response.write('', 'latin1')
}

/** Whether headers hold characters that are no ASCII. */
export function hasLatin1(headers: readonly string[]): boolean {
  return headers.some((text) => latin1.test(text))
}

/**
 * Gives a response its head as text, where its body is whole and its connection stays open. Node's own way reads each
 * header by two regular expressions and asks what it means: 0.8 of the 11 µs of a GET (Node 24).
 *
 * @returns whether it has been done
 */
function storeHead(response: ServerResponse, answer: Answer, length: number, keepAlive: string): boolean {
  const { status, body } = answer
  // Where Node keeps a head until the body comes; there is no public way to it.
  const keeper: ServerResponse & { _header?: string | null } = response
  if (keeper._header !== null || body === null || isStream(body) || isBodiless(status)) return false
  if (!response.shouldKeepAlive || !response.useChunkedEncodingByDefault) return false
  const head = new ResponseHead(status, answer.headers.flat)
  if (head.closes) return false
  // Set either way: a problem may take the place of a stream whose head could not be written.
  response.strictContentLength = false
  // For who listens to the diagnostics of Node.
  response.statusCode = status
  response.statusMessage = reasonPhrases[status] ?? ''
  keeper._header = `${head.text}content-length: ${length}\r\nconnection: keep-alive\r\nkeep-alive: ${keepAlive}\r\n\r\n`
  return true
}

/** The same for all other answers, by Node's own means. */
function composeHead(response: ServerResponse, answer: Answer, keepAlive: string): void {
  const { status, headers, body, trailers } = answer
  // Node would send an interim answer, after which the client waits for another.
  if (status < 200) throw new RangeError(`An answer cannot have the status ${status}`)
  // How the body is framed is decided here and by Node. A second opinion, such as that of an answer fetched from elsewhere, would split it.
  headers.delete('transfer-encoding')
  const isHead = response.req.method === 'HEAD'
  const announced = headers.get('content-length')
  const length = contentLength(answer, announced === undefined ? undefined : announcedLength(announced), isHead)
  headers.delete('content-length')
  // Node before 22.18 compares what has been written with the length as it was given: a text never equals it.
  const raw: (string | number)[] = headers.flat
  if (length !== undefined) raw.push('content-length', length)
  const isStreamed = isStream(body)
  // Set either way: a problem may take the place of a stream whose head could not be written.
  response.strictContentLength = isStreamed
  const isChunked = isStreamed && length === undefined && !isHead && !isBodiless(status)
  // Without chunks, which HTTP/1.0 has not, Node refuses it.
  if (!isChunked || !response.useChunkedEncodingByDefault) headers.delete('trailer')
  else if (trailers) headers.flat.push('trailer', trailers.announce())
  // How long the connection lasts is said below, once.
  headers.delete('keep-alive')
  const connection = headers.get('connection')
  // RFC 9110, section 15.5.9: with 408 the server has decided to wait no longer.
  if (status === 408 || connection?.toLowerCase().includes('close')) response.shouldKeepAlive = false
  if (connection === undefined) {
    if (response.shouldKeepAlive && response.useChunkedEncodingByDefault) headers.flat.push('keep-alive', keepAlive)
    // Node takes such a header as the last word.
  } else if (!response.shouldKeepAlive) headers.set('connection', `close, ${connection}`)
  response.writeHead(status, reasonPhrases[status] ?? '', raw as string[])
}
