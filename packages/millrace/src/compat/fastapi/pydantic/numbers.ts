import type { JsonSchema } from '../../../plan/jsonSchema.ts'
import type { Parse, Report } from './report.ts'

// Digits with single underscores between them, and a fraction of zeros.
const integerText = /^[+-]?\d+(?:_\d+)*(?:\.0+)?$/
const floatText = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const specialText = /^([+-]?)(inf(?:inity)?|nan)$/i

/** What Python's own limit is: to read very many digits takes more than linear time. */
const maxDigits = 4300

/** An integer: from integers, from whole floats, booleans and strings. `isBig` gives a `BigInt`. */
export function integer(schema: JsonSchema, isBig = false): Parse {
  const within = bounds(schema)
  return (value, report) => {
    const parsed = toInteger(value, report)
    if (parsed !== undefined && !isBig && !Number.isSafeInteger(parsed)) {
      report.fail('int_parsing_size', value)
      return value
    }
    if (parsed === undefined || !within(parsed, value, report)) return value
    return isBig ? BigInt(typeof value === 'string' ? digitsOf(value) : parsed) : parsed
  }
}

/** What is made of a value for an integer; `undefined` once it is told why there is nothing. */
export function toInteger(value: unknown, report: Report): number | undefined {
  if (typeof value === 'number') {
    // What is beyond has lost digits when it was read.
    if (Number.isSafeInteger(value)) return value
    report.fail(intErrorOf(value), value)
    return undefined
  }
  if (typeof value === 'boolean') {
    report.floor('lax')
    return Number(value)
  }
  if (typeof value === 'string') {
    const text = value.trim()
    if (text.length > maxDigits) report.fail('int_parsing_size', value)
    else if (!integerText.test(text)) report.fail('int_parsing', value)
    else {
      report.floor('lax')
      // Without the minus of `-0`, which Python's integers do not have.
      return Number(digitsOf(text)) || 0
    }
    return undefined
  }
  report.fail('int_type', value)
  return undefined
}

function intErrorOf(value: number): 'finite_number' | 'int_parsing_size' | 'int_from_float' {
  if (!Number.isFinite(value)) return 'finite_number'
  return Number.isInteger(value) ? 'int_parsing_size' : 'int_from_float'
}

function digitsOf(text: string): string {
  return text
    .trim()
    .replaceAll('_', '')
    .replace(/^\+|\.0+$/g, '')
}

/** A number: from numbers, booleans and strings. */
export function float(schema: JsonSchema): Parse {
  const within = bounds(schema)
  return (value, report) => {
    const parsed = toFloat(value, report)
    return parsed !== undefined && within(parsed, value, report) ? parsed : value
  }
}

function toFloat(value: unknown, report: Report): number | undefined {
  if (typeof value === 'number') {
    // Which Python would have read as an integer.
    if (Number.isInteger(value)) report.floor('strict')
    return value
  }
  if (typeof value === 'boolean') {
    report.floor('lax')
    return Number(value)
  }
  if (typeof value === 'string') {
    const parsed = floatOf(value.trim())
    if (parsed === undefined) report.fail('float_parsing', value)
    else report.floor('lax')
    return parsed
  }
  report.fail('float_type', value)
  return undefined
}

function floatOf(text: string): number | undefined {
  const [, sign, name] = specialText.exec(text) ?? []
  if (name !== undefined) {
    if (name.toLowerCase() === 'nan') return Number.NaN
    return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const plain = text.replace(/(?<=\d)_(?=\d)/g, '')
  return floatText.test(plain) ? Number(plain) : undefined
}

/** Tells of the first bound that a number breaks, in the order of pydantic-core. */
function bounds(schema: JsonSchema): (value: number, input: unknown, report: Report) => boolean {
  const number = (key: string) => (typeof schema[key] === 'number' ? (schema[key] as number) : undefined)
  const multipleOf = number('multipleOf')
  const le = number('maximum')
  const lt = number('exclusiveMaximum')
  const ge = number('minimum')
  const gt = number('exclusiveMinimum')
  return (value, input, report) => {
    if (multipleOf !== undefined && !isMultiple(value, multipleOf))
      report.fail('multiple_of', input, { multiple_of: multipleOf })
    else if (le !== undefined && !(value <= le)) report.fail('less_than_equal', input, { le })
    else if (lt !== undefined && !(value < lt)) report.fail('less_than', input, { lt })
    else if (ge !== undefined && !(value >= ge)) report.fail('greater_than_equal', input, { ge })
    else if (gt !== undefined && !(value > gt)) report.fail('greater_than', input, { gt })
    else return true
    return false
  }
}

/** As pydantic-core does, with a tolerance for fractions. */
function isMultiple(value: number, of: number): boolean {
  const rest = value % of
  const threshold = Math.abs(value) / 1e9
  return Math.abs(rest) <= threshold || Math.abs(Math.abs(rest) - Math.abs(of)) <= threshold
}
