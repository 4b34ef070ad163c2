import { NullObject } from '../input/nullObject.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Schema } from '../plan/schema.ts'
import { undeclaredIn, uniqueProperties, valueTypesOf } from '../plan/valueTypes.ts'

/** Turns the strings of a location into the types that a schema wants; what does not fit stays as it is. */
export type Coerce = (raw: Readonly<Record<string, unknown>>) => Record<string, unknown>

export type CoerceValue = (value: unknown) => unknown

/**
 * Compiles coercion from the JSON Schema of what a schema accepts: numbers, integers, booleans, dates, BigInts,
 * and arrays of them by repeated keys. A scalar takes the last of repeated values. Where any string is allowed
 * too, it stays a string; where certain strings are, those do. Without a JSON Schema nothing is coerced.
 *
 * @param hidden names that are left out, because they belong to others
 * @param single what is taken where one value is wanted: by default the last of an array
 */
export function compileCoerce(schema: Schema, hidden?: ReadonlySet<string>, single: CoerceValue = last): Coerce {
  const root = jsonSchemaOf(schema, 'input') ?? {}
  return coerceObject(root, root, single, hidden)
}

function coerceObject(object: JsonSchema, root: JsonSchema, single: CoerceValue, hidden?: ReadonlySet<string>): Coerce {
  const coercions = new Map(
    [...uniqueProperties(root, object)].map(([name, part]) => [name, coerceValue(part, root, single)]),
  )
  const others = undeclaredIn(object, root)
  const coerceOther = typeof others === 'object' ? coerceValue(others, root, single) : undefined
  return (raw) => {
    const values = new NullObject()
    for (const name in raw) {
      const value = raw[name]
      const coerce = coercions.get(name)
      if (coerce !== undefined) values[name] = value === undefined ? value : coerce(value)
      else if (hidden === undefined || !isOneOf(name, hidden)) values[name] = coerceOther ? coerceOther(value) : value
    }
    return values
  }
}

/** Whether a name, or the object whose member it is, is among names. */
function isOneOf(name: string, names: ReadonlySet<string>): boolean {
  const end = name.indexOf('[')
  return names.has(name) || (end > 0 && names.has(name.slice(0, end)))
}

/** Compiles the coercion of one value: a string, or the strings of a list; `single` as {@link compileCoerce} has it. */
export function coerceValue(part: JsonSchema, root: JsonSchema, single: CoerceValue = last): CoerceValue {
  const { types, literals, items, prefixItems } = valueTypesOf(part, root)
  if (types.has('array')) {
    const first = prefixItems.map((item) => coerceValue(item, root, single))
    const rest = items ? coerceValue(items, root, single) : single
    return (value) => listOf(value).map((item, index) => (first[index] ?? rest)(item))
  }
  const coerceText = textCoercion(types, literals, single)
  return types.has('object') && !types.has('string') ? coerceMembers(part, root, single, coerceText) : coerceText
}

/** Of a value that comes as one text, or as several of which one counts. */
function textCoercion(types: ReadonlySet<string>, literals: ReadonlySet<string>, single: CoerceValue): CoerceValue {
  const parsers = types.has('string') ? [] : textParsers.filter(({ type }) => types.has(type))
  if (parsers.length === 0) return single
  return (value) => {
    const text = single(value)
    if (typeof text !== 'string' || literals.has(text)) return text
    for (const { parse } of parsers) {
      const parsed = parse(text)
      if (parsed !== undefined) return parsed
    }
    return text
  }
}

/** Of an object that was gathered from its members: JSON is not coerced. Compiled when one comes, for it may hold itself. */
function coerceMembers(part: JsonSchema, root: JsonSchema, single: CoerceValue, coerceText: CoerceValue): CoerceValue {
  let coerce: Coerce | undefined
  return (value) => {
    if (!(value instanceof NullObject)) return coerceText(value)
    coerce ??= coerceObject(part, root, single)
    return coerce(value)
  }
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  // Gathered by their indexes.
  return value instanceof NullObject ? Object.values(value) : [value]
}

/** Of repeated values the last. */
export function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value
}

const booleans: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  true: true,
  false: false,
  1: true,
  0: false,
})

/** How a string becomes a value of another type: `undefined` for one that does not. The first that can wins. */
const textParsers: readonly { readonly type: string; readonly parse: (text: string) => unknown }[] = [
  { type: 'number', parse: toNumber },
  { type: 'BigInt', parse: toBigInt },
  { type: 'boolean', parse: (text) => booleans[text] },
  { type: 'Date', parse: toDate },
]

// JSON's own grammar of numbers (RFC 8259, section 6) with an optional plus: no hex, no space, no empty string.
const numberPattern = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** `undefined` for what is not a number, or none that JavaScript can hold, as `1e999`. */
function toNumber(text: string): number | undefined {
  if (!numberPattern.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** Up to 1,000 digits: to read very many takes more than linear time. */
function toBigInt(text: string): bigint | undefined {
  return /^[+-]?(0|[1-9]\d{0,999})$/.test(text) ? BigInt(text) : undefined
}

// RFC 3339, section 5.6. `Date` itself takes much more, 30 February for the first of March, and 24 o'clock for the next day.
const datePattern = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

function toDate(text: string): Date | undefined {
  const [, year, month, day] = datePattern.exec(text) ?? []
  const date = new Date(text)
  if (day === undefined || Number.isNaN(date.getTime())) return undefined
  const isReal = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  return isReal ? date : undefined
}
