import { StartupError } from '../errors/StartupError.ts'
import type { JsonSchema } from './jsonSchema.ts'
import type { Schema, SchemaLike } from './schema.ts'
import { maxSchemaDepth } from './schemaParts.ts'
import { valueTypesOf } from './valueTypes.ts'

/** What stands between the values of a list that comes as one value. */
export type Delimiter = ',' | ' ' | '|'

/** How OpenAPI names a list with each delimiter (Parameter Object, `style`; all with `explode: false`). */
export const delimiterStyles: Readonly<Record<Delimiter, string>> = {
  ',': 'form',
  ' ': 'spaceDelimited',
  '|': 'pipeDelimited',
}

type Delimiters = Readonly<Record<string, Delimiter>>

const delimiters = new WeakMap<object, Delimiters>()

/**
 * Says that lists of a query or of cookies come in one value, as `ids=1,2,3`, where otherwise a name is repeated
 * for each. Repeated names are still taken; an empty value is an empty list. Marks the schema and returns it.
 *
 * @param names of the lists, and what stands between their values
 * @throws {StartupError} `malformed_spec` for a delimiter that there is none of, or a schema that is marked otherwise
 *
 * @example
 * app.get('/items', { query: delimited(z.object({ ids: z.array(z.int()) }), { ids: ',' }) }, readItems)
 */
export function delimited<S extends SchemaLike>(schema: S, names: { readonly [name: string]: Delimiter }): S {
  const wrong = Object.entries(names).find(([, delimiter]) => !Object.hasOwn(delimiterStyles, delimiter))
  if (wrong)
    throw new StartupError(
      'malformed_spec',
      `The list '${wrong[0]}' cannot be delimited by '${wrong[1]}', only by , | or a space`,
    )
  const known = delimiters.get(schema)
  if (known && JSON.stringify(known) !== JSON.stringify(names))
    throw new StartupError('malformed_spec', 'A schema is delimited in two ways: make a schema for each')
  delimiters.set(schema, Object.freeze({ ...names }))
  return schema
}

/** Of the lists that come in one value, by name. */
export function delimitersOf(schema: Schema): Delimiters | undefined {
  return delimiters.get(schema)
}

/** Whether a part of a query's or a form's schema is read from members, as `filter[price]=3` (OpenAPI's `deepObject`). */
export function hasMembers(part: JsonSchema, root: JsonSchema, depth = 0): boolean {
  const { types, items } = valueTypesOf(part, root)
  // What may be text is taken as it comes.
  if (types.has('string') || depth > maxSchemaDepth) return false
  return types.has('object') || (types.has('array') && items !== undefined && hasMembers(items, root, depth + 1))
}
