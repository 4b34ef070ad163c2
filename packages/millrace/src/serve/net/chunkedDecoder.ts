import { incomplete, isNamed, malformed, oversized, readFields } from './fields.ts'
import { lf, octetAt } from './octets.ts'

/** Of a chunk's size with its extensions; a longer line is no honest one. */
const maxLineBytes = 1_024

// RFC 9112, section 7.1 and 7.1.1. Extensions are read as the grammar has them, without the bad whitespace, and ignored.
const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'
const sizePattern = new RegExp(`^([0-9A-Fa-f]{1,12})(?:;${token}(?:=(?:${token}|${quoted}))?)*\\r\\n$`)

const none: readonly string[] = []

/** Takes the data of chunks, which are a part of `bytes`. */
export type TakeData = (bytes: Buffer, at: number, end: number) => void

/** Reads a body in chunks, and the trailers after it (RFC 9112, section 7.1). */
export class ChunkedDecoder {
  readonly #maxTrailerBytes: number
  /** Of extensions there may be as many bytes in one body as of headers. */
  #extensionBytes = 0
  #state: 'size' | 'data' | 'data end' | 'trailers' | 'done' = 'size'
  /** Name, value, name, value; empty before the end. */
  trailers: readonly string[] = none
  /** Of the chunk that is being read. */
  #left = 0

  constructor(maxHeaderBytes: number) {
    this.#maxTrailerBytes = maxHeaderBytes
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /**
   * Reads on.
   *
   * @returns up to where the bytes have been read, which has to be given again with more when it is not `end`
   *   and the body is not done; {@link malformed}; {@link oversized}
   */
  read(bytes: Buffer, at: number, end: number, take: TakeData): number {
    while (at < end && this.#state !== 'done') {
      const next = this.#step(bytes, at, end, take)
      if (next === incomplete) break
      if (next < 0) return next
      at = next
    }
    return at
  }

  #step(bytes: Buffer, at: number, end: number, take: TakeData): number {
    switch (this.#state) {
      case 'size':
        return this.#readSize(bytes, at, end)
      case 'data': {
        const next = Math.min(end, at + this.#left)
        this.#left -= next - at
        if (this.#left === 0) this.#state = 'data end'
        take(bytes, at, next)
        return next
      }
      case 'data end':
        if (octetAt(bytes, at) !== 0x0d) return malformed
        if (at + 1 === end) return incomplete
        this.#state = 'size'
        return octetAt(bytes, at + 1) === lf ? at + 2 : malformed
      default:
        return this.#readTrailers(bytes, at, end)
    }
  }

  #readSize(bytes: Buffer, at: number, end: number): number {
    // Not by `indexOf`: what lies behind `end` may be much, and is none of ours.
    const limit = Math.min(end, at + maxLineBytes)
    let lineEnd = at
    while (lineEnd < limit && octetAt(bytes, lineEnd) !== lf) lineEnd++
    if (lineEnd === limit) return end - at > maxLineBytes ? malformed : incomplete
    const match = sizePattern.exec(bytes.toString('latin1', at, ++lineEnd))
    if (match === null) return malformed
    const digits = match[1] as string
    this.#extensionBytes += lineEnd - at - digits.length - 2
    if (this.#extensionBytes > this.#maxTrailerBytes) return malformed
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'data'
    return lineEnd
  }

  #readTrailers(bytes: Buffer, at: number, end: number): number {
    const spans: number[] = []
    const next = readFields(bytes, at, end, at, spans)
    if (next === malformed) return malformed
    if ((next === incomplete ? end : next) - at > this.#maxTrailerBytes) return oversized
    if (next === incomplete) return incomplete
    // Nearly all bodies have none.
    if (spans.length > 0) {
      const text = bytes.toString('latin1', at, next)
      if (!areTrailers(text, spans)) return malformed
      this.trailers = sliced(text, spans)
    }
    this.#state = 'done'
    return next
  }
}

/** RFC 9110, section 6.5.1: what frames or routes a message comes before it, or not at all. */
function areTrailers(text: string, spans: readonly number[]): boolean {
  for (let index = 0; index < spans.length; index += 4)
    for (const name of forbiddenTrailers)
      if (isNamed(text, spans[index] as number, spans[index + 1] as number, name)) return false
  return true
}

function sliced(text: string, spans: readonly number[]): string[] {
  const fields: string[] = []
  for (let index = 0; index < spans.length; index += 2) fields.push(text.slice(spans[index], spans[index + 1]))
  return fields
}

const forbiddenTrailers = ['content-length', 'transfer-encoding', 'host'] as const
