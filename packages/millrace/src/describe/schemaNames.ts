import type { JsonSchema } from '../plan/jsonSchema.ts'
import { type Pointer, partAt, pointerOf, subschemas } from '../plan/schemaParts.ts'

/** The title of a part, where it has one. */
export function titleOf(part: JsonSchema): string | undefined {
  return typeof part['title'] === 'string' && part['title'] !== '' ? part['title'] : undefined
}

// Names that libraries make up for what has none: zod `__schema0`, valibot `0`, arktype `intersection12`.
const madeUp =
  /^(__schema\d+|\d+|(alias|domain|intersection|morph|predicate|proto|sequence|structure|type|union|unit)\d+)$/

/** The name that a user gave to a definition. */
export function givenName(pointer: Pointer): string | undefined {
  const name = pointer.length === 2 && pointer[0] === '$defs' ? (pointer[1] as string) : undefined
  return name === undefined || madeUp.test(name) ? undefined : name
}

/** Whether a part has to be a component because it contains itself, other than through one that is a component anyway. */
export function containsItself(part: JsonSchema, root: JsonSchema): boolean {
  const seen = new Set<JsonSchema>()
  const isEnd = (way: Pointer, target: JsonSchema) =>
    target !== part && (givenName(way) !== undefined || (target['type'] === 'object' && part['type'] !== 'object'))
  const partsOf = (from: JsonSchema): JsonSchema[] => {
    const way = pointerOf(from['$ref'])
    const target = way && partAt(root, way)
    return way && target && !isEnd(way, target) ? [...subschemas(from), target] : subschemas(from)
  }
  const reaches = (from: JsonSchema): boolean =>
    partsOf(from).some((inner) => {
      if (inner === part) return true
      if (seen.has(inner)) return false
      seen.add(inner)
      return reaches(inner)
    })
  return reaches(part)
}
