import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { Schema } from './schema.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown }

/** The side of a schema: what it accepts, or what it returns. */
export type Side = 'input' | 'output'

const cache: Record<Side, WeakMap<Schema, JsonSchema>> = { input: new WeakMap(), output: new WeakMap() }

/**
 * The JSON Schema of a schema by Standard JSON Schema (`~standard.jsonSchema`), draft 2020-12, `$schema`
 * left out. `undefined` where the library offers none or cannot express the schema.
 *
 * Dates are written as ISO strings in JSON, so zod's `z.date()` becomes `{ type: 'string', format: 'date-time' }`.
 */
export function jsonSchemaOf(schema: Schema, side: Side): JsonSchema | undefined {
  const known = cache[side].get(schema)
  if (known) return known
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1['~standard']>
  const convert = standard.jsonSchema?.[side]
  if (!convert) return undefined
  try {
    const options = standard.vendor === 'zod' ? { libraryOptions: zodOptions } : {}
    const { $schema: _, ...json } = convert({ target: 'draft-2020-12', ...options })
    cache[side].set(schema, json)
    return json
  } catch {
    return undefined
  }
}

interface ZodOverride {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } }
  readonly jsonSchema: Record<string, unknown>
}

const zodOptions: Record<string, unknown> = {
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }: ZodOverride): void => {
    if (zodSchema._zod.def.type !== 'date') return
    jsonSchema['type'] = 'string'
    jsonSchema['format'] = 'date-time'
  },
}

/** Follows a local `$ref` (`#/$defs/Name`, `#`) inside `root`; other schemas come back as they are. */
export function dereference(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema
  for (let hops = 0; hops < 32; hops++) {
    const ref = current['$ref']
    if (typeof ref !== 'string' || !ref.startsWith('#')) return current
    let target: unknown = root
    for (const key of ref.slice(1).split('/').filter(Boolean)) {
      const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')
      target = (target as Record<string, unknown> | undefined)?.[name]
    }
    if (typeof target !== 'object' || target === null) return current
    current = target as JsonSchema
  }
  return current
}
