import type { Schema } from './schema.ts'

interface ZodNode {
  readonly _zod?: { readonly def?: ZodDefinition }
}

/** What zod knows of a schema; which of it there is depends on the type. */
interface ZodDefinition {
  readonly type: string
  readonly shape?: Readonly<Record<string, ZodNode>>
  readonly catchall?: ZodNode
  readonly element?: ZodNode
  readonly innerType?: ZodNode
  readonly options?: readonly ZodNode[]
  readonly keyType?: ZodNode
  readonly valueType?: ZodNode
  readonly items?: readonly ZodNode[]
  readonly rest?: ZodNode | null
}

const leaves = ['string', 'number', 'boolean', 'null', 'literal', 'enum', 'unknown', 'any', 'never']
const holders = ['object', 'array', 'optional', 'nullable', 'default', 'readonly', 'union', 'record', 'tuple']
const plain: ReadonlySet<string> = new Set([...leaves, ...holders])

/**
 * Whether a schema is of zod, and made of nothing but what JSON has: found out at a tenth of what its JSON Schema would
 * take. `false` says nothing.
 */
export function isPlainZod(schema: Schema | undefined): boolean {
  return isPlain(schema as ZodNode | undefined, new Set())
}

function isPlain(node: ZodNode | undefined, seen: Set<ZodDefinition>): boolean {
  const definition = node?._zod?.def
  if (!definition || !plain.has(definition.type)) return false
  // It holds itself.
  if (seen.has(definition)) return true
  seen.add(definition)
  const { shape = {}, catchall, element, innerType, options = [], keyType, valueType, items = [], rest } = definition
  const parts = [...Object.values(shape), ...options, ...items]
  for (const part of [catchall, element, innerType, keyType, valueType, rest]) if (part) parts.push(part)
  return parts.every((part) => isPlain(part, seen))
}
