import type { Writable } from 'node:stream'
import type { Trailers } from './trailers.ts'

/** Up to here a chunk is joined to one string; beyond it, the copy costs more than further buffers. */
const maxJoinedLength = 64 * 1024

/** Ends a body in chunks, and tells its trailers (RFC 9112, section 7.1.2), which are known to be well-formed. */
export function lastChunk(trailers: Trailers | undefined): string {
  if (trailers === undefined) return '0\r\n\r\n'
  let text = '0\r\n'
  const { fields } = trailers
  for (let index = 0; index < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`
  return `${text}\r\n`
}

/** Writes one chunk of a body, in one write if possible (RFC 9112, section 7.1). Returns whether there is room for more. */
export function writeChunk(to: Writable, piece: string | Uint8Array): boolean {
  const size = typeof piece === 'string' ? Buffer.byteLength(piece) : piece.byteLength
  // A chunk of no bytes would be the last one.
  if (size === 0) return true
  const start = `${size.toString(16)}\r\n`
  if (typeof piece === 'string' && size <= maxJoinedLength)
    // As many bytes as characters: ASCII, which is the same in both encodings, and Node writes Latin-1 faster.
    return to.write(`${start}${piece}\r\n`, piece.length === size ? 'latin1' : 'utf8')
  to.cork()
  to.write(start, 'latin1')
  if (typeof piece === 'string') to.write(piece, 'utf8')
  else to.write(piece)
  const hasRoom = to.write('\r\n', 'latin1')
  to.uncork()
  return hasRoom
}
