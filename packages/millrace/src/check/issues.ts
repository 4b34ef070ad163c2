import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Issue, Location } from '../errors/InputError.ts'

/** What schema libraries add to an issue beyond the standard. */
interface VendorIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown
  readonly type?: unknown
  /** zod, `unrecognized_keys`. */
  readonly keys?: readonly string[]
}

/** The issues of a schema library in our form: one for each wrong value. */
export function issuesOf(found: readonly StandardSchemaV1.Issue[], location: Location, raw: unknown): Issue[] {
  return found.flatMap((issue: VendorIssue): Issue[] => {
    const path = pathOf(issue)
    const code = codeOf(issue)
    if (code === 'unrecognized_keys' && issue.keys)
      return issue.keys.map((key) => ({
        in: location,
        path: [...path, key],
        code: 'unrecognized_key',
        message: 'Unrecognized key',
      }))
    if (isMissing(raw, path)) return [{ in: location, path, code: 'missing', message: 'Required' }]
    return [{ in: location, path, code, message: withoutValue(issue.message) }]
  })
}

/** `path: message` lines, for the log. */
export function describeIssues(found: readonly StandardSchemaV1.Issue[]): string[] {
  return found.map((issue) => `${pathOf(issue).join('.') || '(root)'}: ${issue.message}`)
}

/** valibot and arktype quote the value at the end of their messages; what the caller sent is not echoed. */
function withoutValue(message: string): string {
  return message.replace(/(?::| but) received [\s\S]*$/i, '').replace(/ \(was [\s\S]*\)$/, '')
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
    value = (value as Record<string | number, unknown>)[key]
  }
  return value === undefined
}
