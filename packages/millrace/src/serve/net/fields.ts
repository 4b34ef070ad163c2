import { colon, cr, isSpace, lf, octetAt, skipSpace, skipToken, skipValue } from './octets.ts'

/** More bytes are needed to tell. Less than any position. */
export const incomplete = -1
/** The bytes break the rules of HTTP/1.1. Less than any position. */
export const malformed = -2
/** There are more bytes than is allowed. Less than any position. */
export const oversized = -3

/**
 * Reads field lines, up to and with the empty line that ends them (RFC 9112, section 5). There is no mercy for
 * a bare CR or LF, a space before the colon, a folded line, or a control character: what two servers read
 * differently is what requests are smuggled by.
 *
 * @param base what positions are told from
 * @param spans gets four positions of each field: start and end of its name, start and end of its value
 * @returns the position after the empty line, {@link incomplete} or {@link malformed}
 */
export function readFields(bytes: Uint8Array, at: number, end: number, base: number, spans: number[]): number {
  for (;;) {
    if (at === end) return incomplete
    if (octetAt(bytes, at) === cr) {
      if (at + 1 === end) return incomplete
      return octetAt(bytes, at + 1) === lf ? at + 2 : malformed
    }
    const nameEnd = skipToken(bytes, at, end)
    if (nameEnd === end) return incomplete
    if (nameEnd === at || octetAt(bytes, nameEnd) !== colon) return malformed
    const valueStart = skipSpace(bytes, nameEnd + 1, end)
    const lineEnd = skipValue(bytes, valueStart, end)
    const next = afterLine(bytes, lineEnd, end)
    if (next < 0) return next
    let valueEnd = lineEnd
    while (valueEnd > valueStart && isSpace(octetAt(bytes, valueEnd - 1))) valueEnd--
    spans.push(at - base, nameEnd - base, valueStart - base, valueEnd - base)
    at = next
  }
}

/** The position after a CRLF that has to be at `at`. */
export function afterLine(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return incomplete
  if (octetAt(bytes, at) !== cr) return malformed
  if (at + 1 === end) return incomplete
  return octetAt(bytes, at + 1) === lf ? at + 2 : malformed
}

/** Whether the name between two positions is this one, which is in lower case (RFC 9110, section 5.1). */
export function isNamed(text: string, start: number, end: number, name: string): boolean {
  const { length } = name
  if (end - start !== length) return false
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(start + index)
    const wanted = name.charCodeAt(index)
    if (code !== wanted && (code < 65 || code > 90 || code + 32 !== wanted)) return false
  }
  return true
}
