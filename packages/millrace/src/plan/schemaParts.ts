import { type JsonSchema, markKey, typeKey } from './jsonSchema.ts'

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

/** A copy of a schema whose direct parts are replaced; its `$defs` and what is our own are left out. */
export function mapSubschemas(
  schema: JsonSchema,
  map: (part: JsonSchema, way: Pointer) => unknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  const apply = (part: unknown, way: Pointer) => (isObject(part) ? map(part, way) : part)
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$defs' || key === typeKey || key === markKey) continue
    if (single.includes(key)) copy[key] = apply(value, [key])
    else if (lists.includes(key) && Array.isArray(value))
      copy[key] = value.map((part, index) => apply(part, [key, String(index)]))
    else if (maps.includes(key) && isObject(value))
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, apply(part, [key, name])]))
    else copy[key] = value
  }
  return copy
}

/** The direct parts of a schema; of some keywords alone where `of` says so. */
export function subschemas(schema: JsonSchema, of: (key: string) => boolean = () => true): JsonSchema[] {
  const found: JsonSchema[] = []
  mapSubschemas(schema, (part, [key]) => of(key as string) && found.push(part))
  return found
}

/** What stands at a pointer. */
export function partAt(root: JsonSchema | undefined, pointer: Pointer): JsonSchema | undefined {
  let part: unknown = root
  for (const key of pointer) part = (part as Record<string, unknown> | undefined)?.[key]
  return isObject(part) ? part : undefined
}

/** Where a local `$ref` (`#`, `#/$defs/Name`) points to; `undefined` for any other. */
export function pointerOf(ref: unknown): Pointer | undefined {
  if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) return undefined
  const keys = ref.slice(1).split('/').slice(1)
  return keys.map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Follows a local `$ref` inside `root`, and says where it led; other schemas come back as they are. */
export function follow(part: JsonSchema, root: JsonSchema, pointer: Pointer = []): [part: JsonSchema, at: Pointer] {
  let [current, at] = [part, pointer]
  // Any more and the references go in a circle.
  for (let hops = 0; hops < 32; hops++) {
    const way = pointerOf(current['$ref'])
    const target = way && partAt(root, way)
    if (!way || !target) break
    current = target
    at = way
  }
  return [current, at]
}

/** The schemas that a schema combines, where they stand in it. */
export function branchesOf(schema: JsonSchema): { readonly part: JsonSchema; readonly way: Pointer }[] {
  return ['allOf', 'anyOf', 'oneOf'].flatMap((key) =>
    ((schema[key] ?? []) as JsonSchema[]).map((part, index) => ({ part, way: [key, String(index)] })),
  )
}

/** One property that the schema of an object declares. */
export interface Property {
  readonly name: string
  readonly isRequired: boolean
  readonly pointer: Pointer
  /** With what its `$ref` leads to. */
  readonly part: JsonSchema
}

/** Schemas may hold themselves; nothing that is read by its properties is combined as deeply as this. */
export const maxSchemaDepth = 16

/** The properties that a JSON Schema declares, those of `allOf`, `anyOf` and `oneOf` included; a name may come twice. */
export function propertiesOf(root: JsonSchema, part: JsonSchema = root): Property[] {
  return collectProperties(part, [], true, 0)

  function collectProperties(part: JsonSchema, pointer: Pointer, isCertain: boolean, depth: number): Property[] {
    if (depth > maxSchemaDepth) return []
    const [target, at] = follow(part, root, pointer)
    const required = new Set((target['required'] ?? []) as readonly string[])
    const own = Object.entries((target['properties'] ?? {}) as Record<string, JsonSchema>).map(([name, property]) => {
      const way = [...at, 'properties', name]
      const whole = { ...follow(property, root)[0], ...property }
      return { name, isRequired: isCertain && required.has(name), pointer: way, part: whole }
    })
    const inherited = branchesOf(target).flatMap(({ part: branch, way }) =>
      collectProperties(branch, [...at, ...way], isCertain && way[0] === 'allOf', depth + 1),
    )
    return [...own, ...inherited]
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
