import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Issue, type Location, maxIssues } from '../errors/InputError.ts'

/** What schema libraries add to an issue beyond the standard. */
interface VendorIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown
  readonly type?: unknown
  /** valibot: `schema` for a wrong type, `validation` for a rule of the pipe. */
  readonly kind?: unknown
  /** zod, `unrecognized_keys`. */
  readonly keys?: readonly string[]
  /** valibot: the value, as its messages end with it. */
  readonly received?: unknown
  /** arktype, `intersection`: each rule that was broken. */
  readonly errors?: readonly VendorIssue[]
}

/** The issues of a schema library in our form: one for each wrong value. */
export function issuesOf(found: readonly StandardSchemaV1.Issue[], location: Location, raw: unknown): Issue[] {
  const issues: Issue[] = []
  for (const issue of found) {
    if (issues.length >= maxIssues) break
    issues.push(...issuesOfOne(issue, location, raw))
  }
  return issues.slice(0, maxIssues)
}

function issuesOfOne(issue: VendorIssue, location: Location, raw: unknown): Issue[] {
  const path = pathOf(issue)
  const code = codeOf(issue)
  if (code === 'intersection' && issue.errors) return issuesOf(issue.errors, location, raw)
  if (code === 'unrecognized_keys' && issue.keys)
    return issue.keys.slice(0, maxIssues).map((key) => unrecognized(location, [...path, key]))
  if (!isRule(issue, code) && isMissing(raw, path))
    return [{ in: location, path, code: 'missing', message: 'Required' }]
  if (isUndeclared(issue, code)) return [unrecognized(location, path)]
  return [{ in: location, path, code, message: withoutValue(issue) }]
}

function unrecognized(location: Location, path: Issue['path']): Issue {
  return { in: location, path, code: 'unrecognized_key', message: 'Unrecognized key' }
}

/** valibot and arktype tell of an undeclared key at the key itself. */
function isUndeclared({ kind, message }: VendorIssue, code: string): boolean {
  return (
    (code === 'strict_object' && kind === 'schema') || (code === 'predicate' && message.endsWith(' must be removed'))
  )
}

/** A rule that the user wrote has its own message, even about a value that is absent. */
function isRule({ kind }: VendorIssue, code: string): boolean {
  return code === 'custom' || code === 'predicate' || kind === 'validation'
}

/** `path: message` lines, for the log, which is no place for values either. */
export function describeIssues(found: readonly StandardSchemaV1.Issue[]): string[] {
  return found.map((issue) => `${pathOf(issue).join('.') || '(root)'}: ${withoutValue(issue)}`)
}

/** valibot and arktype quote the value at the end of their messages; what was sent is not echoed. */
function withoutValue({ message, received }: VendorIssue): string {
  if (typeof received === 'string' && message.endsWith(`eceived ${received}`))
    return message.slice(0, -received.length).replace(/(:| but) [Rr]eceived $/, '')
  const quoted = message.endsWith(')') ? message.indexOf(' (was ') : -1
  return quoted < 0 ? message : message.slice(0, quoted)
}

function pathOf(issue: StandardSchemaV1.Issue): (string | number)[] {
  return (issue.path ?? []).map((step) => {
    const key = typeof step === 'object' ? step.key : step
    return typeof key === 'symbol' ? String(key) : key
  })
}

/** zod and arktype name it `code`, valibot `type`. */
function codeOf({ code, type }: VendorIssue): string {
  if (typeof code === 'string') return code
  return typeof type === 'string' ? type : 'invalid'
}

function isMissing(raw: unknown, path: readonly (string | number)[]): boolean {
  let value = raw
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false
    value = Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined
  }
  return value === undefined
}
