import type { ZodDefinition, ZodNode } from '../../plan/zodTypes.ts'
import type { Add, CompileInner } from './compileJson.ts'

// Whether a value is theirs is certain either way, and nothing is added of one that is not.
const certain: ReadonlySet<string> = new Set(['number', 'boolean', 'null', 'literal', 'enum'])

/** Unions of leaves, of which zod takes the first that fits, and those that tell by a member which schema is meant. */
export function compileUnion(definition: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const { options = [], discriminator, inclusive } = definition
  if (discriminator !== undefined) return compileDiscriminated(definition, discriminator, inner)
  // `z.xor` is one that only one option may fit.
  if (inclusive === false || !options.every(isCertain)) return undefined
  const adds = options.map(inner)
  if (adds.includes(undefined)) return undefined
  return (value, json) => {
    for (let index = 0; index < adds.length; index++) if ((adds[index] as Add)(value, json)) return true
    return false
  }
}

function isCertain(option: ZodNode): boolean {
  const { type, checks } = option._zod?.def ?? { type: '' }
  // How a string with a limit is counted depends on the version.
  return certain.has(type) || (type === 'string' && !checks?.length)
}

function compileDiscriminated(
  { options = [], unionFallback }: ZodDefinition,
  discriminator: string,
  inner: CompileInner,
): Add | undefined {
  if (unionFallback) return undefined
  const adds = new Map<unknown, Add>()
  for (const option of options) {
    const { type, shape } = option._zod?.def ?? {}
    const member = shape?.[discriminator]?._zod?.def
    const add = inner(option)
    if (type !== 'object' || member?.type !== 'literal' || !add) return undefined
    for (const value of member.values ?? []) {
      if (adds.has(value)) return undefined
      adds.set(value, add)
    }
  }
  return (value, json) => {
    if (typeof value !== 'object' || value === null) return false
    return adds.get((value as Record<string, unknown>)[discriminator])?.(value, json) ?? false
  }
}
