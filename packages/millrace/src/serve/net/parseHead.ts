import { methods } from '../methods.ts'
import { afterLine, incomplete, malformed, readFields } from './fields.ts'
import { readFraming } from './framing.ts'
import { cr, octetAt, skipTarget, skipToken, space } from './octets.ts'
import { RequestHead } from './requestHead.ts'

/** A request head and where it ended, or why there is none. */
export interface ParsedHead {
  /** After the head; {@link incomplete} or {@link malformed} where there is none. */
  end: number
  head: RequestHead | undefined
}

const version = [...'HTTP/1.'].map((character) => character.charCodeAt(0))

/**
 * Reads the head of a request: request line and headers (RFC 9112, sections 2 to 6). It starts anew when more
 * bytes have come; what can be refused early is.
 *
 * @param parsed gets the result: one object for a connection, rather than one for each request
 */
export function parseHead(bytes: Buffer, start: number, end: number, parsed: ParsedHead): void {
  parsed.head = undefined
  parsed.end = incomplete
  const base = skipEmptyLine(bytes, start, end)
  if (base < 0) return fail(parsed, base)
  const methodEnd = skipToken(bytes, base, end)
  if (methodEnd === end) return
  if (methodEnd === base || octetAt(bytes, methodEnd) !== space) return fail(parsed, malformed)
  const targetEnd = skipTarget(bytes, methodEnd + 1, end)
  if (targetEnd === end) return
  if (targetEnd === methodEnd + 1 || octetAt(bytes, targetEnd) !== space) return fail(parsed, malformed)
  const lineEnd = readVersion(bytes, targetEnd + 1, end)
  if (lineEnd < 0) return fail(parsed, lineEnd)
  const spans: number[] = []
  const headEnd = readFields(bytes, lineEnd, end, base, spans)
  if (headEnd < 0) return fail(parsed, headEnd)
  const text = bytes.toString('latin1', base, headEnd)
  const isOld = octetAt(bytes, lineEnd - 3) === 0x30
  parsed.head = makeHead(text, methodEnd - base, targetEnd - base, spans, isOld)
  parsed.end = parsed.head === undefined ? malformed : headEnd
}

function fail(parsed: ParsedHead, end: number): void {
  parsed.end = end
}

/** RFC 9112, section 2.2: one empty line before the request is forgiven; some clients send it after a body. */
function skipEmptyLine(bytes: Buffer, start: number, end: number): number {
  return start < end && octetAt(bytes, start) === cr ? afterLine(bytes, start, end) : start
}

/** RFC 9112, section 2.3: 1.1 and 1.0, and nothing else. Returns the position after the line. */
function readVersion(bytes: Buffer, at: number, end: number): number {
  for (const wanted of version) {
    if (at === end) return incomplete
    if (octetAt(bytes, at++) !== wanted) return malformed
  }
  if (at === end) return incomplete
  const minor = octetAt(bytes, at)
  if (minor !== 0x31 && minor !== 0x30) return malformed
  return afterLine(bytes, at + 1, end)
}

function makeHead(
  text: string,
  methodEnd: number,
  targetEnd: number,
  spans: readonly number[],
  isOld: boolean,
): RequestHead | undefined {
  const method = methods.get(text.slice(0, methodEnd))
  if (method === undefined) return undefined
  let target = text.slice(methodEnd + 1, targetEnd)
  let authority: string | undefined
  if (target.charCodeAt(0) !== 0x2f) {
    const start = pathStart(target, method)
    if (start < 0) return undefined
    if (target !== '*') {
      authority = target.slice(target.indexOf('//') + 2, start)
      target = originForm(target.slice(start))
    }
  }
  const framing = readFraming(text, spans, isOld, authority)
  return framing && new RequestHead(method, target, text, spans, framing)
}

const absolutePattern = /^https?:\/\/[^/?]*/i

/** RFC 9112, section 3.2: where path and query begin in a target in absolute or asterisk form; -1 for any other. */
function pathStart(target: string, method: string): number {
  if (target === '*') return method === 'OPTIONS' ? 0 : -1
  return absolutePattern.exec(target)?.[0].length ?? -1
}

/** RFC 9112, section 3.2.1: an empty path is `/`. */
function originForm(rest: string): string {
  return rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`
}
