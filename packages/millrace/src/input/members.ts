import { codedError } from '../errors/codedError.ts'
import { jsonSchemaOf } from '../plan/jsonSchema.ts'
import { hasMembers } from '../plan/parameterStyles.ts'
import type { Schema } from '../plan/schema.ts'
import { uniqueProperties } from '../plan/valueTypes.ts'
import { NullObject } from './nullObject.ts'

type Raw = Readonly<Record<string, unknown>>
type Code = 'malformed_target' | 'malformed_body'

/** Far more than a schema that is read from names needs. */
const maxDepth = 16

/**
 * Compiles how objects are gathered from the members that a query or a form has of them: `filter[price][gt]=3`
 * (OpenAPI, `style: deepObject`). A list in one is `filter[tags][]=a`, `filter[tags][0]=a`, or a repeated name, and one
 * of objects `points[][x]=1`, each time that it comes another.
 * Objects of what is gathered are {@link NullObject}s, and lists in them, too, with their indexes as names.
 *
 * What it returns throws an {@link HttpError}: `malformed_target` (or `code`) for a name that is a value and an
 * object, or too deep, `unsafe_key` for `__proto__`. It is `undefined` for a schema that wants no objects.
 */
export function compileMembers(schema: Schema, code: Code): ((raw: Raw) => Raw) | undefined {
  const root = jsonSchemaOf(schema, 'input')
  const names = root
    ? [...uniqueProperties(root)].filter(([, part]) => hasMembers(part, root)).map(([name]) => name)
    : []
  if (names.length === 0) return undefined
  const objects = new Set(names)
  return (raw) => {
    const values: Record<string, unknown> = new NullObject()
    const counts = new Map<object, number>()
    for (const name in raw) {
      const steps = stepsOf(name)
      if (steps && objects.has(steps[0] as string)) putEach(values, name, steps, raw[name], counts, code)
      else if (values[name] === undefined) values[name] = raw[name]
      else throw ambiguous(name, code)
    }
    return values
  }
}

/** `['filter', 'price', 'gt']` of `filter[price][gt]`; `undefined` for a name that has no members. */
function stepsOf(name: string): string[] | undefined {
  const start = name.indexOf('[')
  if (start <= 0 || !/^(\[[^[\]]*\])+$/.test(name.slice(start))) return undefined
  return [name.slice(0, start), ...name.slice(start + 1, -1).split('][')]
}

/** Of a repeated name each value is one of the next item, where the name leaves out which item is meant. */
const putEach: typeof put = (root, name, steps, value, counts, code) => {
  if (!Array.isArray(value) || !steps.slice(0, -1).includes('') || steps.at(-1) === '')
    return put(root, name, steps, value, counts, code)
  for (const one of value) put(root, name, steps, one, counts, code)
}

function put(
  root: Record<string, unknown>,
  name: string,
  steps: readonly string[],
  value: unknown,
  counts: Map<object, number>,
  code: Code,
): void {
  if (steps.length > maxDepth) throw codedError(code, `A name has more than ${maxDepth} levels`)
  // An index that is left out is the next one.
  const keyIn = (node: object, step: string): string => {
    if (step === '__proto__') throw codedError('unsafe_key', "The name '__proto__' is not accepted")
    if (step !== '') return step
    const count = counts.get(node) ?? 0
    counts.set(node, count + 1)
    return String(count)
  }
  let node = root
  for (const step of steps.slice(0, -1)) {
    const key = keyIn(node, step)
    const inner = (node[key] ??= new NullObject())
    if (!(inner instanceof NullObject)) throw ambiguous(name, code)
    node = inner as Record<string, unknown>
  }
  const last = steps.at(-1) as string
  for (const one of last === '' && Array.isArray(value) ? value : [value]) {
    const key = keyIn(node, last)
    if (node[key] !== undefined) throw ambiguous(name, code)
    node[key] = one
  }
}

function ambiguous(name: string, code: Code): Error {
  return codedError(code, `'${name}' is there as a value and as an object`)
}
