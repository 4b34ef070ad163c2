/** What tells one state of a file from another (RFC 9110, section 8.8). */
export interface Validators {
  /** With its quotes. */
  readonly etag: string | undefined
  /** Of the last change, in whole seconds, as HTTP has it. */
  readonly lastModifiedMs: number | undefined
}

/** A request header by its lower-case name. */
export type Header = (name: string) => string | undefined

/**
 * What the preconditions of a GET or HEAD come to, in the order of RFC 9110, section 13.2.2: `send` the file,
 * say that the client has it (304), or that it is not the one that the client means (412).
 */
export function judgePreconditions(header: Header, validators: Validators): 'send' | 'not_modified' | 'failed' {
  const { etag, lastModifiedMs } = validators
  const ifMatch = header('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, isSameStrong)) return 'failed'
  } else {
    const since = dateOf(header('if-unmodified-since'))
    if (since !== undefined && lastModifiedMs !== undefined && lastModifiedMs > since) return 'failed'
  }
  const ifNoneMatch = header('if-none-match')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, isSameWeak) ? 'not_modified' : 'send'
  const since = dateOf(header('if-modified-since'))
  return since !== undefined && lastModifiedMs !== undefined && lastModifiedMs <= since ? 'not_modified' : 'send'
}

/** RFC 9110, section 13.1.5: whether the client has a part of the very same file, so that a range adds to it. */
export function isRangeStillValid(header: Header, { etag, lastModifiedMs }: Validators): boolean {
  const ifRange = header('if-range')
  if (ifRange === undefined) return true
  if (ifRange.includes('"')) return etag !== undefined && isSameStrong(ifRange.trim(), etag)
  if (lastModifiedMs === undefined || dateOf(ifRange) !== lastModifiedMs) return false
  // Section 8.8.2.2: within its own second a file may change once more, and keep its date.
  return Date.now() - lastModifiedMs >= 1_000
}

const tagPattern = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

function matches(list: string, etag: string | undefined, isSame: (a: string, b: string) => boolean): boolean {
  if (list.trim() === '*') return true
  return etag !== undefined && (list.match(tagPattern) ?? []).some((tag) => isSame(tag, etag))
}

/** RFC 9110, section 8.8.3.2 */
function isSameStrong(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function isSameWeak(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

// RFC 9110, section 5.6.7: the form of today, that of RFC 850, and that of C's asctime, which leaves its zone out.
const datePattern =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/

/** `undefined` for what is no date, which is to be ignored. */
function dateOf(value: string | undefined): number | undefined {
  if (value === undefined || !datePattern.test(value)) return undefined
  const time = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(time) ? undefined : time
}
