import { combineRanges, parse } from 'range-parser'
import { codedError } from '../../errors/codedError.ts'

/** Bytes of a file, both ends included, as HTTP counts them. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What is done with a `range` that is not well-formed: RFC 9110, section 14.2, allows both. */
export type MalformedRange = 'ignore' | 'refuse'

/** More are taken for an attack (RFC 9110, section 14.2), and the whole file is sent. */
const maxRanges = 100

/**
 * The parts of a file that a `range` header asks for, those that overlap or touch made one, so that all of them
 * together are never more than the file; `undefined` for the whole file.
 *
 * @throws {HttpError} `range_not_satisfiable` when no part of the file is asked for; `malformed_range` if such are refused
 */
export function rangesOf(header: string, size: number, malformed: MalformedRange): readonly ByteRange[] | undefined {
  if (countOf(header, ',') >= maxRanges) return undefined
  const { code, type, ranges } = parse(size, header)
  const isMalformed = (code & 1) !== 0
  if (isMalformed || type !== 'bytes') {
    if (malformed === 'ignore') return undefined
    throw codedError('malformed_range', "The header 'range' is not well-formed: write it as 'bytes=0-499'")
  }
  if (ranges.length > 0) return combineRanges(ranges)
  // Of an empty file any last bytes are all that there is.
  if (code === 0) return undefined
  throw codedError('range_not_satisfiable', `The file has ${size} bytes, and none of them is in the range`, {
    headers: { 'content-range': `bytes */${size}` },
  })
}

function countOf(text: string, character: string): number {
  let count = 0
  for (let index = text.indexOf(character); index >= 0; index = text.indexOf(character, index + 1)) count++
  return count
}
