import type { ZodDefinition } from '../../plan/zodTypes.ts'
import type { Add, CompileType } from './compileJson.ts'
import { compileFits, lengthRangeOf } from './rules.ts'

/** What holds no other schema. */
export const leaves: Readonly<Record<string, CompileType>> = {
  string: compileString,
  number: compileNumber,
  boolean: () => compileValues([true, false]),
  null: () => compileValues([null]),
  literal: ({ values }) => compileValues(values),
  enum: (_, node) => compileValues(node._zod?.values),
}

function compileString(definition: ZodDefinition): Add | undefined {
  const range = lengthRangeOf(definition)
  if (!range || definition.format !== undefined) return undefined
  // zod counts code points, before 4.6 UTF-16 units, of which a code point has one or two: here a string must fit by both.
  const leastUnits = 2 * Math.ceil(range.least) - 1
  const mostUnits = range.most
  return (value, json) => {
    if (typeof value !== 'string' || value.length < leastUnits || value.length > mostUnits) return false
    json.addString(value)
    return true
  }
}

function compileNumber(definition: ZodDefinition): Add | undefined {
  const fits = compileFits(definition)
  if (!fits) return undefined
  return (value, json) => {
    if (typeof value !== 'number' || !fits(value)) return false
    json.addNumber(value)
    return true
  }
}

/** One of some values that JSON has. */
function compileValues(values: Iterable<unknown> | undefined): Add | undefined {
  if (!values) return undefined
  const texts = new Map<unknown, string>()
  for (const value of values) {
    // How `NaN` is written is for options to say.
    if (value !== null && !Number.isFinite(value) && typeof value !== 'string' && typeof value !== 'boolean')
      return undefined
    texts.set(value, JSON.stringify(value))
  }
  return (value, json) => {
    const text = texts.get(value)
    if (text === undefined) return false
    json.add(text)
    return true
  }
}
