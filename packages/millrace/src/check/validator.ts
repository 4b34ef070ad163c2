import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Schema } from '../plan/schema.ts'
import { zodOf } from '../plan/zod.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isArktype, validatorOfFresh, validatorOfReply } from './arktype.ts'
import { compiledSizeOf } from './compiledSize.ts'

/** A check of one value by a schema. */
export type Validate = (value: unknown) => MaybePromise<StandardSchemaV1.Result<unknown>>

/**
 * What a check is for: inputs keep undeclared keys if the schema does; replies never let them out. A `fresh` input was
 * made for this check, and may be changed by it.
 */
export type Purpose = 'fresh' | 'input' | 'reply'

const compiled = new WeakMap<Schema, Schema>()

/**
 * The fastest correct way to check by a schema.
 *
 * - zod: `z.compile`, which generates a fast pass and leaves failures to zod's own parser, so issues are the
 *   same. Measured on W2 (bench/README.md). Left out where the schema's zod is not the one we can load,
 *   where zod was told not to generate code (`z.config({ jitless: true })`), and where there would be too much of it.
 * - arktype: without copies that are not needed, see {@link validatorOfFresh} and {@link validatorOfReply}.
 */
export function validatorOf(schema: Schema, purpose: Purpose): Validate {
  if (isZod(schema)) return validatorOfZod(schema)
  if (isArktype(schema) && purpose === 'fresh') return validatorOfFresh(schema)
  if (isArktype(schema) && purpose === 'reply') return validatorOfReply(schema)
  const standard = schema['~standard']
  return (value) => standard.validate(value) as ReturnType<Validate>
}

interface ZodSchema extends Schema {
  safeParse(value: unknown, context: { readonly jitless: true }): ZodResult
  safeParseAsync(value: unknown): Promise<ZodResult>
}

interface ZodResult {
  readonly data?: unknown
  readonly error?: { readonly issues: readonly StandardSchemaV1.Issue[] }
}

function isZod(schema: Schema): schema is ZodSchema {
  return schema['~standard'].vendor === 'zod' && 'safeParseAsync' in schema
}

// To compile a schema takes 110 µs for that of an operation with a few members (bench/start), to check without 5 µs, and
// with it 1 µs: so many checks pay for it.
const checksBeforeCompiled = 30

/**
 * The first checks are left to zod's parser, which needs no code of its own for each schema: most operations of a large
 * app are called a few times, and none of them shall keep its first caller waiting.
 */
function validatorOfZod(schema: ZodSchema): Validate {
  let left = checksBeforeCompiled
  // zod tries without waiting first and starts anew when a rule turns out to be asynchronous, so that each rule runs
  // twice. A schema that has done so once is not tried again.
  const wait: Validate = (value) => schema.safeParseAsync(value).then(resultOf)
  let validate: Validate = (value) => {
    if (left-- === 0) {
      validate = compiledOrWaiting
      standard = compiledOf(schema)['~standard']
      return validate(value)
    }
    try {
      return resultOf(schema.safeParse(value, { jitless: true }))
    } catch {
      validate = wait
      return wait(value)
    }
  }
  let standard = schema['~standard']
  const compiledOrWaiting: Validate = (value) => {
    const result = standard.validate(value) as ReturnType<Validate>
    if (isPromise(result)) validate = wait
    return result
  }
  return (value) => validate(value)
}

function resultOf({ data, error }: ZodResult): StandardSchemaV1.Result<unknown> {
  return error ? { issues: error.issues } : { value: data }
}

// So many checks take 80 ms to compile, for which all requests wait; 8,000 take 200 ms (Node 24).
const maxCompiledChecks = 4_000

function compiledOf(schema: Schema): Schema {
  let fast = compiled.get(schema)
  if (!fast) {
    const zod = zodOf(schema)
    const isCompiled =
      zod?.compile && zod.config().jitless !== true && compiledSizeOf(schema, maxCompiledChecks) <= maxCompiledChecks
    fast = isCompiled ? zod.compile(schema) : schema
    compiled.set(schema, fast)
  }
  return fast
}
