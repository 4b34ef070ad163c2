import { NullObject } from '../input/nullObject.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Schema } from '../plan/schema.ts'
import { branchesOf, follow, maxSchemaDepth, propertiesOf } from '../plan/schemaParts.ts'

/** Turns the strings of a location into the types that a schema wants; what does not fit stays as it is. */
export type Coerce = (raw: Readonly<Record<string, unknown>>) => Record<string, unknown>

type CoerceValue = (value: unknown) => unknown

/** The types that a part of a JSON Schema allows, and what its items allow. */
interface Allowed {
  readonly types: Set<string>
  items: JsonSchema | undefined
  /** Of a tuple. */
  prefixItems: readonly JsonSchema[]
}

/**
 * Compiles coercion from the JSON Schema of what a schema accepts: numbers, integers, booleans, and arrays
 * of them by repeated keys. A scalar takes the last of repeated values. Where a string is allowed too, it
 * stays a string. Without a JSON Schema nothing is coerced.
 */
export function compileCoerce(schema: Schema): Coerce {
  const root = jsonSchemaOf(schema, 'input')
  const coercions = root
    ? [...uniqueProperties(root)].map(([name, part]) => [name, coerceValue(part, root)] as const)
    : []
  return (raw) => {
    const values = new NullObject()
    for (const name in raw) values[name] = raw[name]
    for (const [name, coerce] of coercions) if (values[name] !== undefined) values[name] = coerce(values[name])
    return values
  }
}

/** The properties that a JSON Schema declares, each once: with whatever any of its declarations allows. */
export function uniqueProperties(root: JsonSchema): Map<string, JsonSchema> {
  const all = new Map<string, JsonSchema>()
  for (const { name, part } of propertiesOf(root)) {
    const known = all.get(name)
    all.set(name, known ? { anyOf: [known, part] } : part)
  }
  return all
}

/** Whether a part of a JSON Schema allows an array. */
export function allowsArray(part: JsonSchema, root: JsonSchema): boolean {
  return allowed(part, root).types.has('array')
}

function coerceValue(part: JsonSchema, root: JsonSchema): CoerceValue {
  const { types, items, prefixItems } = allowed(part, root)
  if (types.has('array')) {
    const first = prefixItems.map((item) => coerceValue(item, root))
    const rest = items ? coerceValue(items, root) : last
    return (value) => (Array.isArray(value) ? value : [value]).map((item, index) => (first[index] ?? rest)(item))
  }
  if (types.has('string') || types.size === 0) return last
  const isNumeric = types.has('number') || types.has('integer')
  return (value) => {
    const text = last(value)
    if (typeof text !== 'string') return text
    const number = isNumeric ? toNumber(text) : undefined
    return number ?? (types.has('boolean') ? booleans[text] : undefined) ?? text
  }
}

function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value
}

const booleans: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  true: true,
  false: false,
  1: true,
  0: false,
})

// JSON's own grammar of numbers (RFC 8259, section 6) with an optional plus: no hex, no space, no empty string.
const numberPattern = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** `undefined` for what is not a number, or none that JavaScript can hold, as `1e999`. */
function toNumber(text: string): number | undefined {
  if (!numberPattern.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

function allowed(part: JsonSchema, root: JsonSchema): Allowed {
  const found: Allowed = { types: new Set(), items: undefined, prefixItems: [] }
  collect(part, root, found, 0)
  return found
}

function collect(part: JsonSchema, root: JsonSchema, found: Allowed, depth: number): void {
  if (depth > maxSchemaDepth) return
  const [schema] = follow(part, root)
  const { type } = schema
  for (const name of Array.isArray(type) ? type : [type]) if (typeof name === 'string') found.types.add(name)
  if (type === undefined) {
    const values = 'const' in schema ? [schema['const']] : ((schema['enum'] as unknown[] | undefined) ?? [])
    for (const value of values) found.types.add(typeof value)
  }
  if (typeof schema['items'] === 'object' && schema['items'] !== null) found.items = schema['items'] as JsonSchema
  if (Array.isArray(schema['prefixItems'])) found.prefixItems = schema['prefixItems'] as JsonSchema[]
  for (const { part: branch } of branchesOf(schema)) collect(branch, root, found, depth + 1)
}
