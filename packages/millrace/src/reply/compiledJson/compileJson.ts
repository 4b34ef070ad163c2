import type { Schema } from '../../plan/schema.ts'
import { zodOf } from '../../plan/zod.ts'
import type { ZodDefinition, ZodNode } from '../../plan/zodTypes.ts'
import { holders } from './holders.ts'
import { JsonBuffer } from './JsonBuffer.ts'
import { leaves } from './leaves.ts'

/**
 * Checks a value and writes it as JSON in one pass. `undefined` says nothing of the value but that zod has to be asked: it
 * may fit, it may not.
 */
export type WriteFitting = (value: unknown) => string | undefined

/** Checks a value and adds it. After `false`, nothing that was added is of use. */
export type Add = (value: unknown, json: JsonBuffer) => boolean

/** Compiles a schema inside another. */
export type CompileInner = (node: ZodNode | undefined) => Add | undefined

/** Compiles a schema of one type. `undefined` where any of it is not known here. */
export type CompileType = (definition: ZodDefinition, node: ZodNode, inner: CompileInner) => Add | undefined

/**
 * Compiles how values of a zod schema are checked and written at once, where the text is sure to be that of what zod
 * returns. Each declared member is read once, checked and written, and nothing else is looked at: so no copy is needed to
 * leave out what is not declared, and no search for what JSON has no form for.
 *
 * There is none for a schema that holds anything else than what stands in `leaves.ts` and `holders.ts`: a transform, a
 * refinement, a format, `lazy`, `catch`, undeclared keys that stay, itself. Issues are zod's to tell, too.
 */
export function compileJson(schema: Schema): WriteFitting | undefined {
  const add = zodOf(schema) && compileNode(schema as ZodNode, new Set(), { nodes: maxNodes })
  if (!add) return undefined
  let left = 0
  return (value) => {
    if (left > 0) {
      left--
      return undefined
    }
    // What a library has given all arrays, or all objects, is for `JSON.stringify` to ask.
    if ((Array.prototype as { readonly toJSON?: unknown }).toJSON !== undefined) return undefined
    const json = free ?? new JsonBuffer()
    // A getter of the value may have a reply of its own written meanwhile.
    free = undefined
    try {
      const text = add(value, json) ? json.text() : undefined
      if (text === undefined || json.fractions * maxCharactersPerFraction < text.length) left = valuesUntilNextTry
      return text
    } finally {
      json.clear()
      free = json
    }
  }
}

// Only rounded fractions are written faster than zod copies them and `JSON.stringify` writes them: of arrays of them a reply
// takes 0.4 of the time, but of nested objects 1.4, of objects with boxes of four unrounded numbers 1.5 (Node 24). So where
// they are less than about half of a reply, or it is left to zod after all, the next ones are written the other way.
const maxCharactersPerFraction = 16
const valuesUntilNextTry = 100

// To compile a schema of a few members takes 60 µs, and saves 2 µs of a reply of 64 rounded numbers. It comes before zod's way of
// compiling, which takes longer (check/validator.ts), and is then needed for nothing but what does not fit.
const valuesBeforeCompiled = 30

/** The same, compiled when it is seen to be worth it: most operations of a large app are called a few times. */
export function compileJsonLater(schema: Schema): WriteFitting {
  let left = valuesBeforeCompiled
  let write: WriteFitting = (value) => {
    if (left-- > 0) return undefined
    write = compileJson(schema) ?? unknown
    return write(value)
  }
  return (value) => write(value)
}

const unknown: WriteFitting = () => undefined

let free: JsonBuffer | undefined

// A getter of a shape may make a new schema each time that it is asked, without end; and where schemas share others, which
// share others, there may be a million ways to one of them.
const maxNodes = 2000
const maxDepth = 64

const types: Readonly<Record<string, CompileType>> = Object.assign(Object.create(null), leaves, holders)
const typesWithChecks: ReadonlySet<string> = new Set(['string', 'number', 'array'])

/**
 * @param around the schemas that hold this one
 * @param left how many more there may be
 */
function compileNode(
  node: ZodNode | undefined,
  around: ReadonlySet<ZodNode>,
  left: { nodes: number },
): Add | undefined {
  const definition = node?._zod?.def
  if (!definition || around.has(node) || around.size > maxDepth || left.nodes-- <= 0 || definition.coerce)
    return undefined
  const { type, checks = [] } = definition
  if (checks.length > 0 && !typesWithChecks.has(type)) return undefined
  return types[type]?.(definition, node, (inner) => compileNode(inner, new Set([...around, node]), left))
}
