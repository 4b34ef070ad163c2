import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Any Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<I = unknown, O = I> = StandardSchemaV1<I, O>

/**
 * What the type parameter of a schema is bound by. Only the presence of `~standard` is asked for: to compare
 * what stands there costs the compiler some 180 instantiations a schema, and start-up looks at it anyway.
 */
// biome-ignore lint/suspicious/noExplicitAny: every other type would be compared with
export type SchemaLike = { readonly '~standard': any }

// zod's own types are read where they stand: the way through its `~standard` costs twice as much.
/** A schema of zod 4. */
// biome-ignore lint/suspicious/noExplicitAny: only its presence is asked for
export type ZodLike = { readonly _zod: any }

/** What a schema accepts. */
export type Input<S> = S extends ZodLike
  ? S['_zod']['input']
  : S extends Schema
    ? NonNullable<S['~standard']['types']>['input']
    : never

/** What a schema returns. */
export type Output<S> = S extends ZodLike
  ? S['_zod']['output']
  : S extends Schema
    ? NonNullable<S['~standard']['types']>['output']
    : never

/** A schema, or none. */
export type MaybeSchema = Schema | undefined

/** Whether a value is a Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  // zod makes `~standard` of a schema when it is first read, which takes longer than to register the operation.
  if (typeof (value as Partial<ZodLike>)._zod?.run === 'function') return true
  const standard = (value as Partial<Schema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}
