import type { Parse } from './report.ts'

const words: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'true', 't', 'yes', 'y', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'f', 'no', 'n', 'off'].map((word) => [word, false] as const),
])

/** A boolean: from booleans, from 0 and 1, and from the words that pydantic knows, in any case. */
export const boolean: Parse = (value, report) => {
  if (typeof value === 'boolean') return value
  const found =
    typeof value === 'string' ? words.get(value.toLowerCase()) : value === 0 || value === 1 ? value === 1 : undefined
  if (found === undefined)
    report.fail(typeof value === 'string' || Number.isSafeInteger(value) ? 'bool_parsing' : 'bool_type', value)
  else report.floor('lax')
  return found ?? value
}

/** Nothing but `null`. */
export const none: Parse = (value, report) => {
  if (value !== null) report.fail('none_required', value)
  return value
}
