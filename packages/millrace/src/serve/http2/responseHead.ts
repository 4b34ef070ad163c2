import type { OutgoingHttpHeaders } from 'node:http2'
import type { Answer } from '../answer.ts'
import { announcedLength, contentLength } from '../contentLength.ts'
import { checkHeader } from '../headers.ts'

/** Headers that are about a connection of HTTP/1.1, and have no place in HTTP/2 (RFC 9113, section 8.2.2). */
const connectionNames: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
])

/**
 * Of these Node takes one field alone, though some are lists: here several are one, which says the same (RFC 9110,
 * section 5.3). All others stay apart, as they do in HTTP/1.1.
 */
const namesOfOne: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
])

/** What Node lets a server send, as it counts it: 65,536 bytes, and at most twelve for each field. */
const maxHeadBytes = 65_536
const bytesOfField = 12
/** For the status, the length and the date. */
const bytesReserved = 256

/** The head of an answer, as `node:http2` takes it. */
export interface Http2ResponseHead {
  readonly headers: OutgoingHttpHeaders
  /** Of the body that is sent, or that GET would send; `undefined` where nobody knows it. */
  readonly length: number | undefined
}

/**
 * @throws {RangeError} for a status that is none
 * @throws {TypeError} for a header that cannot be sent
 */
export function responseHead(answer: Answer, isHead: boolean): Http2ResponseHead {
  const { status, headers: list } = answer
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new RangeError(`An answer cannot have the status ${status}`)
  const headers = noFields()
  headers[':status'] = status
  let announced: number | undefined
  let size = bytesReserved
  for (let index = 0; index < list.flat.length; index += 2) {
    const name = (list.flat[index] as string).toLowerCase()
    const value = list.flat[index + 1] as string
    // Once more, because a list can be given to an answer unchecked.
    checkHeader(name, value)
    if (connectionNames.has(name)) continue
    size += name.length + value.length + bytesOfField
    if (name === 'content-length') announced = announcedLength(value)
    else addField(headers, name, value)
  }
  // Else the stream would end with an error of which nobody hears.
  if (size > maxHeadBytes)
    throw new RangeError(
      `The headers of an answer are larger than the ${maxHeadBytes} bytes that HTTP/2 lets a server send`,
    )
  const length = contentLength(answer, announced, isHead)
  if (length !== undefined) headers['content-length'] = length
  return { headers, length }
}

/** Fields that are known to be well-formed, as `node:http2` takes them. @param flat name, value, name, value */
export function fieldsOf(flat: readonly string[]): OutgoingHttpHeaders {
  const fields = noFields()
  for (let index = 0; index < flat.length; index += 2)
    addField(fields, flat[index] as string, flat[index + 1] as string)
  return fields
}

type Fields = Record<string, string | string[] | number>

/** Without a prototype: a field may be named like a property of objects. */
function noFields(): Fields {
  return Object.create(null) as Fields
}

function addField(fields: Fields, name: string, value: string): void {
  const earlier = fields[name] as string | string[] | undefined
  const text = trimmed(value)
  if (earlier === undefined) fields[name] = text
  else if (namesOfOne.has(name)) fields[name] = `${earlier}, ${text}`
  else if (Array.isArray(earlier)) earlier.push(text)
  else fields[name] = [earlier, text]
}

/** RFC 9113, section 8.2.1: with white space at an end it is malformed, and clients drop it, or the answer. */
function trimmed(value: string): string {
  let [start, end] = [0, value.length]
  while (start < end && isSpace(value.charCodeAt(start))) start++
  while (start < end && isSpace(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
