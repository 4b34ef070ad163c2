import { codedError } from '../errors/codedError.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { BodyPlan } from '../plan/plan.ts'
import type { MaybeSchema } from '../plan/schema.ts'
import { branchesOf, follow, subschemas } from '../plan/schemaParts.ts'
import { mostKeysOf } from '../plan/zodTypes.ts'

/** Looks at the text of a body before it is parsed. @throws {HttpError} `too_many_values` */
export type ValueLimit = (text: string) => void

/**
 * Compiles the limit on the values of a body. Schema libraries make an issue of each fault before one can be
 * looked at, at some microseconds each: without a limit, a body of a mebibyte keeps the process busy for seconds.
 *
 * An object that lacks its keys has more faults than values. So each object also counts as the keys that the
 * items of the schema's lists require: `[{},{}]` counts as what it would be if it were whole.
 */
export function compileValueLimit({ kind, schema }: BodyPlan, maxValues: number): ValueLimit | undefined {
  if (maxValues === Number.POSITIVE_INFINITY) return undefined
  if (kind === 'form')
    return (text) => {
      if (text.length > maxValues && text.split('&').length > maxValues) throw tooMany(maxValues)
    }
  if (kind !== 'json') return undefined
  // A value takes two characters at least, and an object three, each with a comma: most bodies need not be counted.
  const safeLengthFor = (required: number) => Math.min(2 * maxValues, (3 * maxValues) / required)
  const most = schema && mostKeysOf(schema)
  let required = most === undefined ? requiredByItemsOf(schema) : undefined
  // By what is soon known, while bodies are shorter: a JSON Schema takes a good part of an operation's first call.
  let safeLength = safeLengthFor(required ?? (most as number))
  return (text) => {
    if (text.length <= safeLength) return
    if (required === undefined) {
      required = requiredByItemsOf(schema)
      safeLength = safeLengthFor(required)
      if (text.length <= safeLength) return
    }
    const { values, objects } = count(text)
    if (values > maxValues) throw tooMany(maxValues)
    if (objects * required > maxValues)
      throw codedError(
        'too_many_values',
        `The body has ${objects} objects, which may require more than ${maxValues} values`,
      )
  }
}

function tooMany(maxValues: number): Error {
  return codedError('too_many_values', `The body has more than ${maxValues} values`)
}

/** By its commas and brackets, strings left out: several times faster than to walk over what it parses to. */
function count(text: string): { readonly values: number; readonly objects: number } {
  let values = 1
  let objects = 0
  let isString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) isString = !isString
    else if (isString) index += code === backslash ? 1 : 0
    else if (code === comma) values++
    else if (code === bracket || code === brace) {
      if (code === brace) objects++
      // The two that close are the two that open, plus two. An empty one has no value before its first comma.
      if (text.charCodeAt(index + 1) !== code + 2) values++
    }
  }
  return { values, objects }
}

const [quote, comma, bracket, backslash, brace] = [0x22, 0x2c, 0x5b, 0x5c, 0x7b]

function requiredByItemsOf(schema: MaybeSchema): number {
  const root = schema && jsonSchemaOf(schema, 'input')
  return root ? requiredByItems(root) : 0
}

/** The most keys that a schema requires of an object of which a body may hold many. */
function requiredByItems(root: JsonSchema): number {
  const once = new Set<JsonSchema>()
  const many = new Set<JsonSchema>()
  const visit = (part: JsonSchema, isMany: boolean): number => {
    const [target] = follow(part, root)
    // What is met again holds itself, or stands in two places.
    const seen = isMany || once.has(target) ? many : once
    if (seen.has(target)) return 0
    seen.add(target)
    const below = subschemas(target, (key) => visitBelow.has(key)).map((inner) => visit(inner, true))
    const inside = subschemas(target, (key) => !visitBelow.has(key)).map((inner) => visit(inner, seen === many))
    return Math.max(seen === many ? requiredKeys(target, root) : 0, ...below, ...inside)
  }
  return visit(root, false)
}

/** Keywords whose schema may hold for any number of values. */
const visitBelow: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'patternProperties'])

/** Of every alternative: a library tells the faults of each. */
function requiredKeys(part: JsonSchema, root: JsonSchema, depth = 0): number {
  const [target] = follow(part, root)
  const own = (target['required'] as readonly string[] | undefined)?.length ?? 0
  if (depth > 8) return own
  return branchesOf(target).reduce((sum, branch) => sum + requiredKeys(branch.part, root, depth + 1), own)
}
