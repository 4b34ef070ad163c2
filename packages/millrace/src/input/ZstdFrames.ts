/**
 * Cuts a zstd body at the ends of its frames (RFC 8878, section 3). Node's decoder ends with the first frame unless
 * that ends with what it was given, and lets go of the rest without a word; Node's encoder writes two. Each frame costs a turn of the decoder, so that
 * very many that are tiny are left uncut.
 */
export class ZstdFrames {
  #part: 'magic' | 'descriptor' | 'block' | 'length' = 'magic'
  /** Of the part, as a number: all parts are little-endian. */
  #value = 0
  #have = 0
  /** Until the next part, or the end of the frame. */
  #skip = 0
  #hasChecksum = false
  #isLast = false
  #frames = 0
  #bytes = 0

  cut(chunk: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = []
    let start = 0
    let at = 0
    while (at < chunk.byteLength) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.byteLength - at)
        this.#skip -= passed
        at += passed
      } else this.#read(chunk[at++] as number)
      if (!this.#isLast || this.#skip > 0) continue
      this.#isLast = false
      this.#part = 'magic'
      pieces.push(chunk.subarray(start, at))
      this.#bytes += at - start
      start = at
      if (++this.#frames > freeFrames + this.#bytes / usualFrameBytes) this.#skip = Number.POSITIVE_INFINITY
    }
    if (start < at) pieces.push(chunk.subarray(start))
    return pieces
  }

  #read(byte: number): void {
    this.#value += byte * 2 ** (8 * this.#have)
    if (++this.#have < sizes[this.#part]) return
    const value = this.#value
    this.#value = 0
    this.#have = 0
    if (this.#part === 'magic') this.#begin(value)
    else if (this.#part === 'descriptor') {
      this.#hasChecksum = (value & 4) !== 0
      this.#skip = restOfHeader(value)
      this.#part = 'block'
    } else if (this.#part === 'block') {
      this.#isLast = (value & 1) !== 0
      // A block of one byte that is repeated has that byte alone.
      const size = ((value >> 1) & 3) === 1 ? 1 : value >> 3
      this.#skip = size + (this.#isLast && this.#hasChecksum ? 4 : 0)
    } else {
      this.#isLast = true
      this.#skip = value
    }
  }

  #begin(magic: number): void {
    if (magic === 0xfd2fb528) this.#part = 'descriptor'
    // Frames of others, to be skipped.
    else if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) this.#part = 'length'
    // No zstd, as the decoder will say.
    else this.#skip = Number.POSITIVE_INFINITY
  }
}

const freeFrames = 100
const usualFrameBytes = 1024

const sizes = { magic: 4, descriptor: 1, block: 3, length: 4 }

/** RFC 8878, section 3.1.1.1: the window, the id of a dictionary and the size of the content, as far as they are there. */
function restOfHeader(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] as number
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize
}
