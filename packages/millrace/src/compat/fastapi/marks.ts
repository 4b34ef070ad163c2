import { jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema, SchemaLike } from '../../plan/schema.ts'
import { undeclaredIn } from '../../plan/valueTypes.ts'

const embedded = new WeakSet<object>()
const models = new WeakSet<object>()

/**
 * Says that a body is FastAPI's "embedded" one: an object whose keys are body parameters of their own, as with
 * `Body(embed=True)` or several body parameters. With `compat: 'fastapi'` each that is absent is then told by
 * itself (`["body", "item"]`), where the body is absent or no object, too. Marks the schema and returns it.
 *
 * @example
 * app.put('/items/:item_id', { body: embed(z.object({ item: Item, user: User })) }, updateItem)
 */
export function embed<S extends SchemaLike>(schema: S): S {
  embedded.add(schema)
  return schema
}

/**
 * Says that a query, headers, cookies or a form are FastAPI's parameter model, and not parameters that stand for
 * themselves: with `compat: 'fastapi'` what is told of a missing one then has the whole object as its `input`,
 * and the names of headers may have underscores for hyphens. A schema that forbids undeclared names is one
 * without being told. Marks the schema and returns it.
 *
 * @example
 * app.get('/items', { query: parameterModel(z.object({ limit: z.int().default(100) })) }, readItems)
 */
export function parameterModel<S extends SchemaLike>(schema: S): S {
  models.add(schema)
  return schema
}

export function isEmbedded(schema: Schema): boolean {
  return embedded.has(schema)
}

/** Marked as one, or without being told: no other forbids what it does not name. */
export function isParameterModel(schema: Schema): boolean {
  const root = jsonSchemaOf(schema, 'input')
  return models.has(schema) || (root !== undefined && undeclaredIn(root) === false)
}
