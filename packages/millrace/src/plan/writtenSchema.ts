import { type JsonSchema, typeKey } from './jsonSchema.ts'
import type { JsonValues } from './jsonValues.ts'
import { mapSubschemas } from './schemaParts.ts'

/**
 * A JSON Schema of values that are written in the forms that an app or a reply names. What they say nothing of
 * stays open for whoever asks next: the app after a reply.
 */
export function writtenSchema(schema: JsonSchema, values: JsonValues): JsonSchema {
  if (values.date === undefined && values.bigint === undefined && values.map === undefined) return schema
  const { $defs } = schema as { readonly $defs?: Readonly<Record<string, JsonSchema>> }
  const parts = $defs && Object.entries($defs).map(([name, part]) => [name, writtenSchema(part, values)])
  const written = mapSubschemas(schema, (part) => writtenSchema(part, values))
  return {
    ...formOf(written, schema[typeKey], values),
    ...(parts ? { $defs: Object.fromEntries(parts) } : {}),
  }
}

/** @param written without {@link typeKey}, so that nobody gives it another form once it has one */
function formOf(written: JsonSchema, type: unknown, { date, bigint, map }: JsonValues): JsonSchema {
  const open = type === undefined ? written : { ...written, [typeKey]: type }
  if (type === 'Date') return date === undefined ? open : date === 'epochMs' ? integer(written, epochMs) : written
  if (type === 'BigInt') return bigint === undefined ? open : bigint === 'number' ? integer(written) : written
  if (type === 'Map') return map === undefined ? open : map === 'entries' ? entries(written) : written
  return open
}

const epochMs = 'Milliseconds since 1970.'

function integer({ type: _, format: __, pattern: ___, ...rest }: JsonSchema, description?: string): JsonSchema {
  return { type: 'integer', ...(description === undefined ? {} : { description }), ...rest }
}

function entries({ type: _, additionalProperties: value = {}, ...rest }: JsonSchema): JsonSchema {
  const pair = { type: 'array', prefixItems: [{}, value], items: false, minItems: 2, maxItems: 2 }
  return { type: 'array', items: pair, ...rest }
}
