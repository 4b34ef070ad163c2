import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Schema } from '../plan/schema.ts'
import { zodOf } from '../plan/zod.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'

/** A check of one value by a schema. */
export type Validate = (value: unknown) => MaybePromise<StandardSchemaV1.Result<unknown>>

/** What a check is for: inputs keep undeclared keys if the schema does; replies never let them out. */
export type Purpose = 'input' | 'reply'

const compiled = new WeakMap<Schema, Schema>()

/**
 * The fastest correct way to check by a schema.
 *
 * - zod: `z.compile`, which generates a fast pass and leaves failures to zod's own parser, so issues are the
 *   same. Measured on W2 (bench/README.md). Left out where the schema's zod is not the one we can load, or
 *   where zod was told not to generate code (`z.config({ jitless: true })`).
 * - arktype keeps undeclared keys unless told otherwise, so for a reply they are taken out.
 */
export function validatorOf(schema: Schema, purpose: Purpose): Validate {
  const fast = fastest(purpose === 'reply' ? withoutUndeclared(schema) : schema)
  if (isZod(fast)) return onceEach(fast)
  const standard = fast['~standard']
  return (value) => standard.validate(value) as ReturnType<Validate>
}

interface ZodSchema extends Schema {
  safeParseAsync(value: unknown): Promise<{ data?: unknown; error?: { issues: readonly StandardSchemaV1.Issue[] } }>
}

function isZod(schema: Schema): schema is ZodSchema {
  return schema['~standard'].vendor === 'zod' && 'safeParseAsync' in schema
}

/**
 * zod tries without waiting first and starts anew when a rule turns out to be asynchronous, so that each
 * rule runs twice. A schema that has done so once is not tried again.
 */
function onceEach(schema: ZodSchema): Validate {
  const standard = schema['~standard']
  let isAsync = false
  return (value) => {
    if (isAsync)
      return schema
        .safeParseAsync(value)
        .then(({ data, error }) => (error ? { issues: error.issues } : { value: data }))
    const result = standard.validate(value) as ReturnType<Validate>
    isAsync = isPromise(result)
    return result
  }
}

function fastest(schema: Schema): Schema {
  if (schema['~standard'].vendor !== 'zod') return schema
  let fast = compiled.get(schema)
  if (!fast) {
    const zod = zodOf(schema)
    fast = zod?.compile && zod.config().jitless !== true ? zod.compile(schema) : schema
    compiled.set(schema, fast)
  }
  return fast
}

interface Arktype {
  onDeepUndeclaredKey?: (behaviour: 'delete') => Schema
}

function withoutUndeclared(schema: Schema): Schema {
  if (schema['~standard'].vendor !== 'arktype') return schema
  return (schema as Schema & Arktype).onDeepUndeclaredKey?.('delete') ?? schema
}
