import { toInteger } from './numbers.ts'
import type { Parse } from './report.ts'

/**
 * One of some values: those of an enum, which may be named by whatever is taken for an integer where all of them
 * are integers, or those of a `Literal`, which takes nothing but themselves.
 */
export function oneOf(values: readonly unknown[], type: 'enum' | 'literal_error'): Parse {
  const expected = expectedText(values)
  const isInteger = type === 'enum' && values.every(Number.isInteger)
  return (value, report) => {
    if (type === 'enum') report.floor('lax')
    if (values.includes(value)) return value
    const named = isInteger ? toInteger(value, report.branch('int')) : undefined
    if (named !== undefined && values.includes(named)) return named
    report.fail(type, value, { expected })
    return value
  }
}

/** `'a', 'b' or 3` */
function expectedText(values: readonly unknown[]): string {
  const texts = values.map(pythonText)
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

/** A value as Python's `repr` writes it. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
  }
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}
