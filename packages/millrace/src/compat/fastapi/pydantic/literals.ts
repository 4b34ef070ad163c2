import type { Parse } from './report.ts'

/**
 * One of some values: those of an enum, which numbers in strings may name, or those of a `Literal`, which take
 * nothing but themselves.
 */
export function oneOf(values: readonly unknown[], type: 'enum' | 'literal_error'): Parse {
  const expected = expectedText(values)
  const byText = new Map(type === 'enum' ? values.filter(isNumber).map((value) => [String(value), value]) : [])
  return (value, report) => {
    if (values.includes(value)) return value
    const named = typeof value === 'string' ? byText.get(value.trim()) : undefined
    if (named === undefined) report.fail(type, value, { expected })
    else report.isCoerced = true
    return named ?? value
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
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
