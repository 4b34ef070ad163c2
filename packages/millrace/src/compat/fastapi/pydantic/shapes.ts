import type { JsonSchema } from '../../../plan/jsonSchema.ts'
import { branchesOf, follow, maxSchemaDepth } from '../../../plan/schemaParts.ts'

/** The types that a schema names. */
export function typesOf(schema: JsonSchema): string[] {
  return [schema['type']].flat().filter((type) => typeof type === 'string')
}

/** An object with all that its `allOf` adds to it. */
export function mergedObject(part: JsonSchema, root: JsonSchema, depth = 0): JsonSchema {
  const [schema] = follow(part, root)
  const parts = depth > maxSchemaDepth ? [] : ((schema['allOf'] as JsonSchema[] | undefined) ?? [])
  const all = [schema, ...parts.map((one) => mergedObject(one, root, depth + 1))]
  const { allOf: _, ...own } = schema
  return {
    ...Object.assign({}, ...all.slice(1)),
    ...own,
    properties: Object.assign({}, ...all.map((one) => one['properties'])),
    required: all.flatMap((one) => (one['required'] as string[] | undefined) ?? []),
  }
}

/** The value, or the values, by which an object schema says what one of its properties is. */
export function tagsOf(part: JsonSchema, root: JsonSchema, property: string): readonly unknown[] {
  const properties = mergedObject(part, root)['properties'] as Record<string, JsonSchema>
  if (!Object.hasOwn(properties, property)) return []
  const [tag] = follow(properties[property] as JsonSchema, root)
  return 'const' in tag ? [tag['const']] : ((tag['enum'] as unknown[] | undefined) ?? [])
}

/**
 * The property whose values tell the branches of a union apart. It is one that the schema names, or, for
 * `oneOf`, the first that each branch has another value for: zod and valibot write discriminated unions so.
 */
export function discriminatorOf(schema: JsonSchema, root: JsonSchema): string | undefined {
  const named = (schema['discriminator'] as { readonly propertyName?: string } | undefined)?.propertyName
  if (named !== undefined) return named
  const branches = branchesOf(schema).filter(({ way }) => way[0] === 'oneOf')
  const [first] = branches
  if (!first || branches.length < 2) return undefined
  const candidates = Object.keys(mergedObject(first.part, root)['properties'] as object)
  return candidates.find((property) => {
    const tags = branches.map(({ part }) => tagsOf(part, root, property))
    const all = tags.flat()
    return tags.every((values) => values.length > 0) && new Set(all).size === all.length
  })
}
