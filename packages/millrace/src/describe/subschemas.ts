import type { JsonSchema } from '../plan/jsonSchema.ts'
import { isObject, type JsonObject } from './objects.ts'

/** From the root of a JSON Schema to one of its parts, key by key. */
export type Pointer = readonly string[]

// JSON Schema 2020-12, core sections 10 and 11, validation section 8: every keyword that holds schemas.
// What other keywords hold is data (`default`, `const`, `examples`), where a `$ref` is no reference.
const single = [
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const maps = ['dependentSchemas', 'patternProperties', 'properties']

/** A copy of a schema whose direct parts are replaced; its `$defs` are left out. */
export function mapSubschemas(schema: JsonSchema, map: (part: JsonSchema, way: Pointer) => unknown): JsonObject {
  const copy: JsonObject = {}
  const apply = (part: unknown, way: Pointer) => (isObject(part) ? map(part, way) : part)
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$defs') continue
    if (single.includes(key)) copy[key] = apply(value, [key])
    else if (lists.includes(key) && Array.isArray(value))
      copy[key] = value.map((part, index) => apply(part, [key, String(index)]))
    else if (maps.includes(key) && isObject(value))
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, apply(part, [key, name])]))
    else copy[key] = value
  }
  return copy
}

/** The direct parts of a schema. */
export function subschemas(schema: JsonSchema): JsonSchema[] {
  const found: JsonSchema[] = []
  mapSubschemas(schema, (part) => found.push(part))
  return found
}

/** What stands at a pointer. */
export function partAt(root: JsonSchema | undefined, pointer: Pointer): JsonSchema | undefined {
  let part: unknown = root
  for (const key of pointer) part = (part as JsonObject | undefined)?.[key]
  return isObject(part) ? part : undefined
}

/** Where a local `$ref` (`#`, `#/$defs/Name`) points to; `undefined` for any other. */
export function pointerOf(ref: unknown): Pointer | undefined {
  if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) return undefined
  const keys = ref.slice(1).split('/').slice(1)
  return keys.map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
}
