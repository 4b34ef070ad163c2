import { isNamed } from './fields.ts'
import { isHost, space, tab } from './octets.ts'
import { type Framing, inChunks } from './requestHead.ts'

// Of most requests, which need no object of their own.
const bodiless: Framing = {
  bodyLength: 0,
  keepsAlive: true,
  expectsContinue: false,
  isOld: false,
  asksForUpgrade: false,
}

/** What the headers that matter to the connection have said so far. */
class Facts {
  host: string | undefined = undefined
  bodyLength = -2
  isChunked = false
  closes = false
  keepsAlive = false
  expectsContinue = false
  asksForUpgrade = false
}

/**
 * Finds out how a request is framed (RFC 9112, section 6), and that there is one way only to read it.
 *
 * @param authority of a target in absolute form
 * @returns `undefined` for a request that must be refused: without a Host, or with two; with a length that is
 *   no number, or two of them; with a length and chunks; with a transfer coding other than `chunked`
 */
export function readFraming(
  text: string,
  spans: readonly number[],
  isOld: boolean,
  authority: string | undefined,
): Framing | undefined {
  const facts = new Facts()
  for (let index = 0; index < spans.length; index += 4) if (!note(facts, text, spans, index, isOld)) return undefined
  const { host, isChunked, bodyLength, closes, keepsAlive, expectsContinue, asksForUpgrade } = facts
  if (host === undefined ? !isOld : !isHost(host)) return undefined
  // RFC 9112, section 3.2.2 lets the target win over Host; a client has to send them alike.
  if (authority !== undefined && (!isHost(authority) || authority === '' || differs(authority, host))) return undefined
  // RFC 9112, section 6.1: both at once is how requests are smuggled.
  if (isChunked && bodyLength >= 0) return undefined
  if (!isChunked && bodyLength <= 0 && !isOld && !closes && !asksForUpgrade) return bodiless
  return {
    bodyLength: isChunked ? inChunks : Math.max(0, bodyLength),
    keepsAlive: !closes && (!isOld || keepsAlive),
    expectsContinue: expectsContinue && !isOld && (isChunked || bodyLength > 0),
    isOld,
    asksForUpgrade: asksForUpgrade && !isOld,
  }
}

function differs(authority: string, host: string | undefined): boolean {
  return host !== undefined && authority.toLowerCase() !== host.toLowerCase()
}

/** Takes note of one field. Returns whether it is as it must be. */
function note(facts: Facts, text: string, spans: readonly number[], index: number, isOld: boolean): boolean {
  const start = spans[index] as number
  const end = spans[index + 1] as number
  // The length tells most fields apart from those that matter.
  switch (end - start) {
    case 4:
      if (!isNamed(text, start, end, 'host')) return true
      if (facts.host !== undefined) return false
      facts.host = valueAt(text, spans, index)
      return true
    case 6:
      if (isNamed(text, start, end, 'expect'))
        facts.expectsContinue = valueAt(text, spans, index).toLowerCase() === '100-continue'
      return true
    case 10:
      if (isNamed(text, start, end, 'connection')) noteConnection(facts, valueAt(text, spans, index))
      return true
    case 14:
      if (!isNamed(text, start, end, 'content-length')) return true
      if (facts.bodyLength >= 0) return false
      facts.bodyLength = lengthOf(text, spans[index + 2] as number, spans[index + 3] as number)
      return facts.bodyLength >= 0
    case 17:
      if (!isNamed(text, start, end, 'transfer-encoding')) return true
      // RFC 9112, section 6.1: HTTP/1.0 has no transfer codings. RFC 9112, section 7: a coding must not be applied twice.
      // A tab behind it is white space by the grammar; Node refuses it, and others take it for a part of the name.
      if (isOld || facts.isChunked || hasTabAfter(text, spans[index + 3] as number)) return false
      facts.isChunked = valueAt(text, spans, index).toLowerCase() === 'chunked'
      return facts.isChunked
    default:
      return true
  }
}

function valueAt(text: string, spans: readonly number[], index: number): string {
  return text.slice(spans[index + 2], spans[index + 3])
}

/** Whether a tab comes between the end of a value and that of its line. */
function hasTabAfter(text: string, at: number): boolean {
  while (text.charCodeAt(at) === space) at++
  return text.charCodeAt(at) === tab
}

/** RFC 9110, section 7.6.1 */
function noteConnection(facts: Facts, value: string): void {
  if (value === 'keep-alive') facts.keepsAlive = true
  else
    for (const option of value.toLowerCase().split(',')) {
      const trimmed = option.trim()
      if (trimmed === 'close') facts.closes = true
      else if (trimmed === 'upgrade') facts.asksForUpgrade = true
      else if (trimmed === 'keep-alive') facts.keepsAlive = true
    }
}

/** Up to 15 digits, so that it is exact as a number. -1 for what is no length (RFC 9110, section 8.6). */
function lengthOf(text: string, start: number, end: number): number {
  if (start === end || end - start > 15) return -1
  let length = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}
