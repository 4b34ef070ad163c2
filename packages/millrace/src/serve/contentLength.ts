import { type Answer, isStream } from './answer.ts'

const lengthPattern = /^\d{1,15}$/

/** What a header `content-length` says, in bytes; NaN for what is no number of them. */
export function announcedLength(value: string): number {
  return lengthPattern.test(value) ? Number(value) : Number.NaN
}

/**
 * What is said of the length of a body that is sent, or that GET would send (RFC 9110, section 8.6).
 *
 * @param announced what the headers of the answer say
 * @returns `undefined` where nobody knows it, or nothing must be said of it
 * @throws {TypeError} for a header that is no number
 */
export function contentLength(
  { status, body }: Answer,
  announced: number | undefined,
  isHead: boolean,
): number | undefined {
  const length = lengthOf(status, announced, body, isHead)
  if (Number.isNaN(length)) throw new TypeError('The header content-length has to be a number of bytes')
  return length
}

function lengthOf(
  status: number,
  announced: number | undefined,
  body: Answer['body'],
  isHead: boolean,
): number | undefined {
  if (status === 204) return undefined
  if (status === 205) return 0
  if (status === 304 || isStream(body)) return announced
  if (body === null) return isHead ? announced : 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}
