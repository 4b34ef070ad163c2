import { type JsonSchema, jsonSchemaOf, type Side, typeKey } from './jsonSchema.ts'
import type { JsonValues } from './jsonValues.ts'
import { innerOf, type Projection, type SelectedKeys } from './projection.ts'
import type { Schema } from './schema.ts'
import { follow, mapSubschemas, type Pointer, partAt } from './schemaParts.ts'
import { writtenSchema } from './writtenSchema.ts'

/**
 * For the document: a schema of what a projection leaves of another's values, in the forms that the reply names. It
 * checks as the other does.
 */
export function projectedSchema(schema: Schema, projection: Projection, values: JsonValues): Schema {
  const convert = (side: Side) => () => {
    const root = jsonSchemaOf(schema, side)
    if (!root) throw new TypeError('The schema has no JSON Schema')
    return writtenSchema(project(root, jsonSchemaOf(schema, 'input') ?? root, projection), values)
  }
  const standard = { ...schema['~standard'], jsonSchema: { input: convert('input'), output: convert('output') } }
  // Of no library, so that nobody takes it for the schema that it was made from.
  return { '~standard': { ...standard, vendor: 'millrace' } } as Schema
}

/** @param input the JSON Schema of what the schema accepts, which requires nothing that has a default */
function project(root: JsonSchema, input: JsonSchema, { include, exclude, omit }: Projection): JsonSchema {
  const selected = include || exclude ? select(root, root, include, exclude) : root
  const { $defs } = root as { readonly $defs?: Readonly<Record<string, JsonSchema>> }
  const parts = $defs && Object.entries($defs).map(([name, part]) => [name, loosen(part, input, ['$defs', name], omit)])
  return { ...loosen(selected, input, [], omit), ...(parts ? { $defs: Object.fromEntries(parts) } : {}) }
}

/** Leaves the keys of a selection; what is not the whole any more loses its name. */
function select(
  part: JsonSchema,
  root: JsonSchema,
  include: SelectedKeys | undefined,
  exclude: SelectedKeys | undefined,
): JsonSchema {
  const [{ $defs: _, title: __, $id: ___, id: ____, ...target }] = follow(part, root) as [
    Record<string, unknown>,
    unknown,
  ]
  const again = (inner: JsonSchema) => select(inner, root, include, exclude)
  if (isObject(target['items'])) target['items'] = again(target['items'])
  for (const key of ['prefixItems', 'anyOf', 'oneOf', 'allOf'])
    if (Array.isArray(target[key])) target[key] = (target[key] as JsonSchema[]).map(again)
  const { properties: declared, additionalProperties: others } = target
  if (!isObject(declared) && !isObject(others)) return target
  const known = new Map(Object.entries(isObject(declared) ? (declared as Record<string, JsonSchema>) : {}))
  // Of keys that have no schema of their own, as those of a record.
  if (isObject(others))
    for (const key of Object.keys({ ...include, ...exclude })) if (!known.has(key)) known.set(key, others)
  const properties: Record<string, unknown> = Object.create(null)
  for (const [key, property] of known) {
    const kept = include ? innerOf(include, key) : true
    const dropped = innerOf(exclude, key)
    if (kept === undefined || dropped === true) continue
    const isWhole = kept === true && dropped === undefined
    properties[key] = isWhole ? property : select(property, root, kept === true ? undefined : kept, dropped)
  }
  const required = ((target['required'] ?? []) as readonly string[]).filter((key) => key in properties)
  return {
    ...target,
    properties: { ...properties },
    ...(isObject(declared) || required.length > 0 ? { required } : {}),
    // What is not among the keys is not sent.
    ...(include && others !== undefined ? { additionalProperties: false } : {}),
  }
}

/** Takes from `required` what may be left out, here and in all parts. */
function loosen(schema: JsonSchema, input: JsonSchema, at: Pointer, omit: Projection['omit']): JsonSchema {
  if (omit.size === 0) return schema
  const parts = mapSubschemas(schema, (part, way) => loosen(part, input, [...at, ...way], omit))
  // How such values are written, the app may still say.
  const loose = schema[typeKey] === undefined ? parts : { ...parts, [typeKey]: schema[typeKey] }
  const { properties, required } = loose as { properties?: Record<string, JsonSchema>; required?: readonly string[] }
  if (!properties || !required) return loose
  const accepted = partAt(input, at)
  const given = accepted && follow(accepted, input)[0]['required']
  const hasDefault = (key: string) =>
    'default' in (properties[key] ?? {}) || (Array.isArray(given) && !given.includes(key))
  const isOptional = (key: string) =>
    (hasDefault(key) && (omit.has('unset') || omit.has('defaults'))) ||
    (omit.has('null') && isNullable(properties[key] ?? {}))
  return { ...loose, required: required.filter((key) => !isOptional(key)) }
}

function isNullable({ type, anyOf, oneOf }: JsonSchema): boolean {
  if (type === 'null' || (Array.isArray(type) && type.includes('null'))) return true
  return [anyOf, oneOf].some((choices) => Array.isArray(choices) && choices.some(isNullable))
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
