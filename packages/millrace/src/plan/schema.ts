import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Any Standard Schema (https://standardschema.dev): zod, valibot, arktype, typebox and others. */
export type Schema<I = unknown, O = I> = StandardSchemaV1<I, O>

/** What a schema accepts. */
export type Input<S extends Schema> = NonNullable<S['~standard']['types']>['input']

/** What a schema returns. */
export type Output<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/** A schema, or none. */
export type MaybeSchema = Schema | undefined

/** Whether a value is a Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const standard = (value as Partial<Schema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}
