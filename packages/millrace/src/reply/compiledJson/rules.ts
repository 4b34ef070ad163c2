import type { ZodDefinition } from '../../plan/zodTypes.ts'

/** How long a string or an array may be. */
export interface LengthRange {
  readonly least: number
  readonly most: number
}

/** Reads the checks of a schema that ask for lengths; `undefined` where there are others. */
export function lengthRangeOf({ checks = [] }: ZodDefinition): LengthRange | undefined {
  let [least, most] = [0, Number.POSITIVE_INFINITY]
  for (const { _zod } of checks) {
    const { check, minimum, maximum, length } = _zod.def
    if (check === 'min_length' && typeof minimum === 'number') least = Math.max(least, minimum)
    else if (check === 'max_length' && typeof maximum === 'number') most = Math.min(most, maximum)
    else if (check === 'length_equals' && typeof length === 'number')
      [least, most] = [Math.max(least, length), Math.min(most, length)]
    else return undefined
  }
  return { least, most }
}

/** Whether a number is finite, and one that a schema takes. */
export type Fits = (value: number) => boolean

/** Compiles the rules of a schema of numbers; `undefined` where one is not known. */
export function compileFits(definition: ZodDefinition): Fits | undefined {
  let [least, most] = [-Number.MAX_VALUE, Number.MAX_VALUE]
  let [above, below] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  let isInteger = false
  const checks = (definition.checks ?? []).map(({ _zod }) => _zod.def)
  // `z.int()` is its own check.
  for (const { check, format, value, inclusive, when } of definition.check === undefined
    ? checks
    : [definition, ...checks]) {
    if (when !== undefined) return undefined
    if (check === 'number_format' && format === 'safeint') {
      isInteger = true
      continue
    }
    if (typeof value !== 'number' || Number.isNaN(value)) return undefined
    if (check === 'greater_than' && inclusive) least = Math.max(least, value)
    else if (check === 'greater_than') above = Math.max(above, value)
    else if (check === 'less_than' && inclusive) most = Math.min(most, value)
    else if (check === 'less_than') below = Math.min(below, value)
    else return undefined
  }
  return (value) =>
    value >= least && value <= most && value > above && value < below && (!isInteger || Number.isSafeInteger(value))
}
