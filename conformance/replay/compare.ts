import { isDeepStrictEqual } from 'node:util'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { differingHeaders } from './compareHeaders.ts'
import { normalizeDocument } from './document.ts'
import type { Received } from './exchange.ts'
import { bytesOf, isDocsPage, type RecordedCase } from './recording.ts'

/** What is compared; a case has only those that its recorded answer asks for. */
export const levels = ['L1', 'L2', 'L3', 'L4', 'L5', 'headers'] as const

export type Level = (typeof levels)[number]

/** One level of one case. */
export interface Verdict {
  readonly level: Level
  readonly passed: boolean
  readonly expected: unknown
  readonly got: unknown
}

/** The last answer, after redirects. */
export interface Followed extends Received {
  readonly redirects: readonly (readonly [status: number, location: string])[]
}

/** Holds an answer against the recorded one. `sets`: members that were sets in Python, whose order is chance. */
export function compareCase(recorded: RecordedCase, received: Followed, sets: readonly string[]): Verdict[] {
  // What was recorded had been decompressed already.
  const expected = contentOf(recorded.response_headers['content-type'], null, bytesOf(recorded.response_body))
  const got = contentOf(received.headers.get('content-type'), received.headers.get('content-encoding'), received.body)
  return [
    verdict('L1', [...recorded.redirects, recorded.status], [...received.redirects, received.status]),
    // Millrace has docs pages of its own.
    ...(isDocsPage(recorded) ? [] : compareContent(unordered(expected, sets), unordered(got, sets))),
    headersVerdict(recorded, received),
  ]
}

function compareContent(expected: unknown, got: unknown): Verdict[] {
  if (isDocument(expected))
    return [verdict('L5', normalizeDocument(expected), isDocument(got) ? normalizeDocument(got) : got)]
  const whole = verdict('L2', expected, got)
  const items = itemsOf(expected)
  if (!items) return [whole]
  const gotItems = itemsOf(got)
  return [
    whole,
    verdict('L3', items.map(placeOf), gotItems?.map(placeOf) ?? got),
    verdict('L4', items, gotItems ?? got),
  ]
}

function headersVerdict(recorded: RecordedCase, received: Received): Verdict {
  const differing = differingHeaders(recorded.response_headers, received.headers)
  return {
    level: 'headers',
    passed: differing.length === 0,
    expected: Object.fromEntries(differing.map((name) => [name, recorded.response_headers[name]])),
    got: Object.fromEntries(differing.map((name) => [name, received.headers.get(name)])),
  }
}

function verdict(level: Level, expected: unknown, got: unknown): Verdict {
  return { level, passed: isDeepStrictEqual(expected, got), expected, got }
}

/** JSON by its meaning, text as it is, other bytes as Base64; what is compressed by what it holds. */
function contentOf(
  type: string | null | undefined,
  encoding: string | null | undefined,
  raw: Buffer = Buffer.alloc(0),
): unknown {
  const body = encoding === 'gzip' ? gunzipSync(raw) : encoding === 'br' ? brotliDecompressSync(raw) : raw
  const text = body.toString('utf8')
  if (!Buffer.from(text).equals(body)) return { base64: body.toString('base64') }
  if (type === undefined || type === null || !/[/+]json\b/.test(type)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

interface Item {
  readonly type: unknown
  readonly loc: unknown
}

/** The items of a 422 in FastAPI's form, also where an app has put them below `errors`. */
function itemsOf(content: unknown): readonly Item[] | undefined {
  const { detail } = (content ?? {}) as { detail?: readonly Item[] | { errors?: readonly Item[] } }
  const items = Array.isArray(detail) ? detail : (detail as { errors?: readonly Item[] } | undefined)?.errors
  return Array.isArray(items) && items.every((item) => item?.loc !== undefined) ? items : undefined
}

function placeOf({ type, loc }: Item): Item {
  return { type, loc }
}

function isDocument(content: unknown): content is Readonly<Record<string, unknown>> {
  return typeof content === 'object' && content !== null && 'openapi' in content && 'paths' in content
}

function unordered(content: unknown, sets: readonly string[]): unknown {
  if (sets.length === 0 || typeof content !== 'object' || content === null || Array.isArray(content)) return content
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [
      name,
      sets.includes(name) && Array.isArray(value) ? value.toSorted() : value,
    ]),
  )
}
