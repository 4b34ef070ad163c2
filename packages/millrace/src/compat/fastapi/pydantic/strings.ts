import type { JsonSchema } from '../../../plan/jsonSchema.ts'
import type { Parse, Report } from './report.ts'

/** A string: from strings alone. Its length counts code points, as Python's does. */
export function string(schema: JsonSchema): Parse {
  const rules = stringRules(schema)
  return (value, report) => {
    if (typeof value === 'string') rules(value, report)
    else report.fail('string_type', value)
    return value
  }
}

/** Tells of the first rule that a string breaks. */
function stringRules(schema: JsonSchema): (value: string, report: Report) => void {
  const maximum = schema['maxLength'] as number | undefined
  const minimum = schema['minLength'] as number | undefined
  const patterns = patternsOf(schema).map((source) => ({ source, pattern: regExpOf(source) }))
  return (value, report) => {
    if (maximum !== undefined || minimum !== undefined) {
      const length = codePointsIn(value)
      if (maximum !== undefined && length > maximum)
        return report.fail('string_too_long', value, { max_length: maximum })
      if (minimum !== undefined && length < minimum)
        return report.fail('string_too_short', value, { min_length: minimum })
    }
    for (const { source, pattern } of patterns)
      if (pattern && !pattern.test(value)) return report.fail('string_pattern_mismatch', value, { pattern: source })
  }
}

/** Its own pattern, and those that `allOf` adds. */
export function patternsOf(schema: JsonSchema): string[] {
  const parts = [schema, ...((schema['allOf'] as JsonSchema[] | undefined) ?? [])]
  return parts.flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []))
}

/** `undefined` for a pattern that JavaScript cannot read; the schema library then decides alone. */
export function regExpOf(source: string): RegExp | undefined {
  for (const flags of ['u', ''])
    try {
      return new RegExp(source, flags)
    } catch {
      // Perhaps without them.
    }
  return undefined
}

function codePointsIn(text: string): number {
  let count = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0xd800 && code <= 0xdbff && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++
    count++
  }
  return count
}
