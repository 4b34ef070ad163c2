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
 * What JSON has no type for is described as answers write it (reply/json.ts): dates as `{ type: 'string',
 * format: 'date-time' }`, `Map` as an object, `Set` as an array. {@link typeKey} tells that the schema wants more.
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
    const libraryOptions = optionsOf[standard.vendor ?? '']?.(side)
    const { $schema: _, ...json } =
      convert?.({ target, ...(libraryOptions ? { libraryOptions } : {}) }) ??
      (zod as Zod).toJSONSchema(schema, { target, io: side, ...libraryOptions })
    cache[side].set(schema, json)
    return json
  } catch {
    return undefined
  }
}

/** A key of our own in JSON Schemas: the type that a value must have, and that JSON cannot give it. */
export const typeKey = 'x-millrace-type'

/** Another: what a schema is where JSON Schema has one form for two things. It never changes what is accepted. */
export const markKey = 'x-millrace-mark'

/** The values of {@link typeKey}. The first two are made of strings where strings are coerced. */
export type BeyondJson = 'Date' | 'BigInt' | 'Map' | 'Set' | 'File'

/** A value of {@link typeKey}: code comes first, and may make what the schema says of anything. */
export const anyType = 'any'

const beyondJson: Readonly<Record<string, BeyondJson>> = {
  date: 'Date',
  bigint: 'BigInt',
  map: 'Map',
  set: 'Set',
  file: 'File',
  blob: 'File',
}

/** What is said of a schema of a type that JSON does not have, by the name that its library has for the type. */
function describeBeyond(type: string, side: Side, inner?: Schema): Record<string, unknown> | undefined {
  const kind = beyondJson[type]
  if (!kind) return undefined
  const mark = { [typeKey]: kind }
  if (kind === 'Date') return { type: 'string', format: 'date-time', ...mark }
  if (kind === 'BigInt') return { type: 'string', pattern: '^-?[0-9]+$', ...mark }
  // What generators of clients take for a file, and what OpenAPI 3.1 itself says of one.
  if (kind === 'File')
    return { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream', ...mark }
  if (side === 'input') return mark
  const items = inner && selfContained(inner, side)
  return kind === 'Map'
    ? { type: 'object', ...(items ? { additionalProperties: items } : {}), ...mark }
    : { type: 'array', ...(items ? { items } : {}), ...mark }
}

const inProgress = new Set<Schema>()

/** The JSON Schema of a part, unless it refers to others: they would not be found from where it stands. */
function selfContained(inner: Schema, side: Side): JsonSchema | undefined {
  if (inProgress.has(inner)) return undefined
  inProgress.add(inner)
  const json = jsonSchemaOf(inner, side)
  inProgress.delete(inner)
  return json && !JSON.stringify(json).includes('"$ref"') ? json : undefined
}

interface ZodOverride {
  readonly zodSchema: {
    readonly _zod: {
      readonly def: {
        readonly type: string
        readonly catchall?: unknown
        readonly coerce?: boolean
        readonly format?: string
        readonly valueType?: Schema
        /** Of a pipe. */
        readonly in?: ZodOverride['zodSchema']
      }
    }
  }
  readonly jsonSchema: Record<string, unknown>
}

// Actions of valibot whose result is of another type, which only the code knows.
const retyping =
  /^(transform|raw_transform|to_(bigint|boolean|date|number|string)|parse_json|stringify_json|parse_boolean)(_async)?$/

// What has no JSON Schema becomes `{}` instead of making the whole fail.
const optionsOf: Readonly<Record<string, (side: Side) => Record<string, unknown>>> = {
  zod: (side) => ({
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }: ZodOverride): void => {
      const { type, catchall, coerce, format, valueType, in: first } = zodSchema._zod.def
      const beyond = describeBeyond(type, side, valueType)
      // Of a file whose types are named.
      if ('contentMediaType' in jsonSchema || 'anyOf' in jsonSchema) delete beyond?.['contentMediaType']
      Object.assign(jsonSchema, beyond)
      // It is no text in any encoding.
      if (type === 'file') delete jsonSchema['contentEncoding']
      // `z.preprocess` is described by what follows it.
      if (side === 'input' && first?._zod.def.type === 'transform') jsonSchema[typeKey] = anyType
      // An enum and a choice of literals look alike; times have a pattern, but no format where they need no offset.
      if (type === 'literal') jsonSchema[markKey] = 'literal'
      if (type === 'string' && jsonSchema['format'] === undefined) {
        if (format === 'time') jsonSchema[markKey] = 'time'
        if (format === 'datetime') jsonSchema[markKey] = 'date-time'
      }
      // It takes the string itself.
      if (coerce && side === 'input') delete jsonSchema[typeKey]
      // Said of the output of every object that is neither strict nor loose, which would make its two sides differ.
      if (type === 'object' && catchall === undefined) delete jsonSchema['additionalProperties']
      // Every integer has these bounds; they are no news.
      if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
      if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
    },
  }),
  arktype: (side) => ({
    fallback: {
      date: ({ base }: { base: object }) => ({ ...base, ...describeBeyond('date', side) }),
      domain: ({ base, domain }: { base: object; domain: string }) => ({ ...base, ...describeBeyond(domain, side) }),
      proto: ({ base, proto }: { base: object; proto: { readonly name: string } }) => ({
        ...base,
        ...describeBeyond(proto.name.toLowerCase(), side),
      }),
      default: ({ base }: { base: object }) => base,
    },
  }),
  valibot: (side) => ({
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }: { valibotSchema: { type: string } }) =>
      describeBeyond(valibotSchema.type, side),
    overrideAction: ({ valibotAction }: { valibotAction: { type: string } }) =>
      retyping.test(valibotAction.type) ? {} : undefined,
  }),
}
