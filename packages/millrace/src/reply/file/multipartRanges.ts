import { randomBytes } from 'node:crypto'
import type { ByteRange } from './ranges.ts'

/** Several ranges as one body of `multipart/byteranges` (RFC 9110, section 14.6). */
export interface MultipartRanges {
  readonly mediaType: string
  /** Of the whole body, in bytes. */
  readonly length: number
  /** The text between the parts, and the parts. */
  readonly sections: readonly (string | ByteRange)[]
}

export function multipartRanges(ranges: readonly ByteRange[], size: number, mediaType: string): MultipartRanges {
  // Nobody can write a file that holds it, since it is made for this answer alone.
  const boundary = randomBytes(18).toString('base64url')
  const sections: (string | ByteRange)[] = []
  let length = 0
  let delimiter = `--${boundary}\r\n`
  for (const { start, end } of ranges) {
    const head = `${delimiter}content-type: ${mediaType}\r\ncontent-range: bytes ${start}-${end}/${size}\r\n\r\n`
    sections.push(head, { start, end })
    length += Buffer.byteLength(head) + end - start + 1
    delimiter = `\r\n--${boundary}\r\n`
  }
  const last = `\r\n--${boundary}--\r\n`
  sections.push(last)
  return { mediaType: `multipart/byteranges; boundary=${boundary}`, length: length + last.length, sections }
}
