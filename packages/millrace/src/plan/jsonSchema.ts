import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { Schema } from './schema.ts'
import { type Zod, zodOf } from './zod.ts'

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
  // zod/mini leaves the converter out, to be small; zod itself has it.
  const zod = convert ? undefined : zodOf(schema)
  if (!convert && !zod) return undefined
  try {
    const target = 'draft-2020-12' as const
    const libraryOptions = optionsOf[standard.vendor ?? '']
    const { $schema: _, ...json } =
      convert?.({ target, ...(libraryOptions ? { libraryOptions } : {}) }) ??
      (zod as Zod).toJSONSchema(schema, { target, io: side, ...libraryOptions })
    cache[side].set(schema, json)
    return json
  } catch {
    return undefined
  }
}

interface ZodOverride {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string; readonly catchall?: unknown } } }
  readonly jsonSchema: Record<string, unknown>
}

const date = { type: 'string', format: 'date-time' }

// Actions of valibot whose result is of another type, which only the code knows.
const retyping =
  /^(transform|raw_transform|to_(bigint|boolean|date|number|string)|parse_json|stringify_json|parse_boolean)(_async)?$/

// What has no JSON Schema becomes `{}` instead of making the whole fail.
const optionsOf: Readonly<Record<string, Record<string, unknown>>> = {
  zod: {
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }: ZodOverride): void => {
      const { type, catchall } = zodSchema._zod.def
      if (type === 'date') Object.assign(jsonSchema, date)
      // Said of the output of every object that is neither strict nor loose, which would make its two sides differ.
      if (type === 'object' && catchall === undefined) delete jsonSchema['additionalProperties']
      // Every integer has these bounds; they are no news.
      if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
      if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
    },
  },
  arktype: {
    fallback: {
      date: ({ base }: { base: object }) => ({ ...base, ...date }),
      default: ({ base }: { base: object }) => base,
    },
  },
  valibot: {
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }: { valibotSchema: { type: string } }) =>
      valibotSchema.type === 'date' ? date : undefined,
    overrideAction: ({ valibotAction }: { valibotAction: { type: string } }) =>
      retyping.test(valibotAction.type) ? {} : undefined,
  },
}
