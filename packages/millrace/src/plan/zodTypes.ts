import type { Schema } from './schema.ts'

/** The parts of a schema of zod that Millrace reads; of another library's it has none. */
export interface ZodNode {
  readonly _zod?: {
    readonly def?: ZodDefinition
    readonly traits?: ReadonlySet<string>
    /** What becomes of an input that is not there: `undefined` where it is refused. */
    readonly optin?: string
    /** Those that an enum takes. */
    readonly values?: ReadonlySet<unknown>
  }
}

/** What zod knows of a schema; which of it there is depends on the type. */
export interface ZodDefinition extends ZodRule {
  readonly type: string
  readonly checks?: readonly { readonly _zod: { readonly def: ZodRule } }[]
  readonly coerce?: boolean
  readonly values?: readonly unknown[]
  readonly discriminator?: string
  readonly unionFallback?: boolean
  readonly inclusive?: boolean
  readonly shape?: Readonly<Record<string, ZodNode>>
  readonly catchall?: ZodNode
  readonly element?: ZodNode
  readonly innerType?: ZodNode
  readonly defaultValue?: unknown
  readonly options?: readonly ZodNode[]
  readonly keyType?: ZodNode
  readonly valueType?: ZodNode
  readonly items?: readonly ZodNode[]
  readonly rest?: ZodNode | null
  readonly mode?: string
  readonly partial?: boolean
  readonly left?: ZodNode
  readonly right?: ZodNode
  readonly in?: ZodNode
  readonly out?: ZodNode
}

/** What a check of zod wants. A schema such as `z.int()` is a check itself. */
export interface ZodRule {
  readonly check?: string
  readonly format?: string
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly length?: unknown
  readonly value?: unknown
  readonly inclusive?: boolean
  readonly when?: unknown
  /** Of one property. */
  readonly schema?: ZodNode
}

const leaves: ReadonlySet<string> = new Set([
  'string',
  'number',
  'boolean',
  'null',
  'literal',
  'enum',
  'unknown',
  'any',
  'never',
])
const holders: ReadonlySet<string> = new Set([
  'object',
  'array',
  'optional',
  'nullable',
  'default',
  'readonly',
  'union',
  'record',
  'tuple',
])

/**
 * Whether a schema is of zod, and made of nothing but what JSON has: found out at a tenth of what its JSON Schema would
 * take. `false` says nothing.
 */
export function isPlainZod(schema: Schema | undefined): boolean {
  return isPlain(schema as ZodNode | undefined, new Set())
}

function isPlain(node: ZodNode | null | undefined, seen: Set<ZodDefinition>): boolean {
  const definition = node?._zod?.def
  if (!definition) return false
  if (leaves.has(definition.type)) return true
  if (!holders.has(definition.type)) return false
  // It holds itself.
  if (seen.has(definition)) return true
  seen.add(definition)
  const { shape, catchall, element, innerType, options, keyType, valueType, items, rest } = definition
  for (const key in shape) if (!isPlain(shape[key], seen)) return false
  for (const part of [catchall, element, innerType, keyType, valueType, rest])
    if (part && !isPlain(part, seen)) return false
  if (options?.some((part) => !isPlain(part, seen))) return false
  return !items?.some((part) => !isPlain(part, seen))
}

/**
 * The most keys that any object in a schema of zod has, and so the most that it can require of one: found out at a
 * fiftieth of what its JSON Schema would take. `undefined` where the schema is of no zod, or has choices or what JSON has
 * not.
 */
export function mostKeysOf(schema: Schema): number | undefined {
  return mostKeysIn(schema as ZodNode, new Set())
}

// Of a record, the type of its keys may require some.
const counted: ReadonlySet<string> = new Set(['object', 'array', 'optional', 'nullable', 'default', 'readonly'])

function mostKeysIn(node: ZodNode | undefined, seen: Set<ZodDefinition>): number | undefined {
  const definition = node?._zod?.def
  if (!definition) return undefined
  if (leaves.has(definition.type) || seen.has(definition)) return 0
  if (!counted.has(definition.type)) return undefined
  seen.add(definition)
  const { shape = {}, catchall, element, innerType } = definition
  const parts = Object.values(shape)
  let most = parts.length
  for (const part of [...parts, catchall, element, innerType]) {
    const inner = part ? mostKeysIn(part, seen) : 0
    if (inner === undefined) return undefined
    most = Math.max(most, inner)
  }
  return most
}
