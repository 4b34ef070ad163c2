import type { Schema } from '../plan/schema.ts'
import type { ZodDefinition, ZodNode } from '../plan/zodTypes.ts'

/**
 * How many checks `z.compile` would write for a schema, which is one for each way to each of its parts: a schema that is
 * shared is written wherever it is used, so that levels which use the next one twice double with each of them.
 *
 * @param most at which counting ends
 * @returns `Infinity` for more than that, for a schema that is deeper than {@link maxDepth}, and for one that holds itself,
 * which zod does not compile
 */
export function compiledSizeOf(schema: Schema, most: number): number {
  return sizeOf(schema as ZodNode, most, new Map(), 0)
}

/** Levels. One that a getter makes anew wherever it is asked for has no last. */
const maxDepth = 200

/** @param known the sizes that have been found; `Infinity` of those that are being found */
function sizeOf(node: ZodNode, most: number, known: Map<ZodNode, number>, depth: number): number {
  const found = known.get(node)
  if (found !== undefined) return found
  if (known.size >= most || depth > maxDepth) return Number.POSITIVE_INFINITY
  known.set(node, Number.POSITIVE_INFINITY)
  let size = 1
  const add = (part: ZodNode | null | undefined, times = 1) => {
    if (part && size <= most) size += times * sizeOf(part, most, known, depth + 1)
  }
  const definition = node._zod?.def
  if (definition) addParts(definition, add)
  if (size > most) size = Number.POSITIVE_INFINITY
  known.set(node, size)
  return size
}

type AddPart = (part: ZodNode | null | undefined, times?: number) => void

function addParts(definition: ZodDefinition, add: AddPart): void {
  const { shape, catchall, element, innerType, options, keyType, valueType, items, rest, checks } = definition
  for (const part of [catchall, element, definition.left, definition.right, definition.in, definition.out, rest])
    add(part)
  for (const key in shape) add(shape[key])
  for (const option of options ?? []) add(option)
  // What stands in for a value that is not there is checked by a second copy.
  for (const item of items ?? []) add(item, item._zod?.optin === undefined ? 1 : 2)
  add(innerType, innerType?._zod?.optin === 'defaulted' && definition.type === 'optional' ? 2 : 1)
  // A record with named keys has a copy for each of them.
  const copies = definition.partial ? 1 : (keyType?._zod?.values?.size ?? 1)
  add(keyType, copies)
  add(valueType, copies)
  for (const { _zod } of checks ?? []) add(_zod.def.schema)
}
