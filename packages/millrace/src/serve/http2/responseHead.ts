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
  // Without a prototype: a header may be named like a property of objects.
  const headers = Object.create(null) as Record<string, string | string[] | number>
  headers[':status'] = status
  let announced: number | undefined
  for (let index = 0; index < list.flat.length; index += 2) {
    const name = (list.flat[index] as string).toLowerCase()
    const value = list.flat[index + 1] as string
    // Once more, because a list can be given to an answer unchecked.
    checkHeader(name, value)
    if (connectionNames.has(name)) continue
    const earlier = headers[name]
    if (name === 'content-length') announced = announcedLength(value)
    else if (earlier === undefined) headers[name] = value
    else if (Array.isArray(earlier)) earlier.push(value)
    else headers[name] = [earlier as string, value]
  }
  const length = contentLength(answer, announced, isHead)
  if (length !== undefined) headers['content-length'] = length
  return { headers, length }
}

/** Fields that are known to be well-formed, as `node:http2` takes them. @param flat name, value, name, value */
export function fieldsOf(flat: readonly string[]): OutgoingHttpHeaders {
  const fields = Object.create(null) as Record<string, string[]>
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string
    fields[name] ??= []
    fields[name].push(flat[index + 1] as string)
  }
  return fields
}
