import type { Parse, Report, Step } from './report.ts'

/** One declared property of an object. */
export interface Field {
  readonly name: string
  readonly isRequired: boolean
  readonly parse: Parse
}

/** What an object is made of. */
export interface ObjectShape {
  readonly fields: readonly Field[]
  /** Of what is not declared: what it has to be, whether it is taken, or `undefined` where the schema does not say. */
  readonly others: Parse | boolean | undefined
}

type Values = Record<string, unknown>

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A model: an object with declared fields. What is not declared is left for the schema library to drop or keep. */
export function model({ fields, others }: ObjectShape): Parse {
  const declared = new Set(fields.map(({ name }) => name))
  return (value, report) => {
    if (!isObject(value)) {
      report.fail('model_attributes_type', value)
      return value
    }
    report.floor('lax')
    let fieldsSet = 0
    const changes = new Changes(value)
    for (const { name, isRequired, parse } of fields) {
      if (Object.hasOwn(value, name) && value[name] !== undefined) {
        fieldsSet++
        changes.set(name, within(name, value[name], parse, report))
      } else if (isRequired) report.failAt(name, 'missing', value)
    }
    report.addFieldsSet(fieldsSet)
    if (others === false) {
      for (const name of Object.keys(value))
        if (!declared.has(name)) report.failAt(name, 'extra_forbidden', value[name])
    } else if (typeof others === 'function')
      for (const name of Object.keys(value))
        if (!declared.has(name)) changes.set(name, within(name, value[name], others, report))
    return changes.result
  }
}

/** A dictionary: any keys of a kind, with values of a kind. */
export function dictionary(key: Parse | undefined, item: Parse, limits: Limits): Parse {
  return (value, report) => {
    if (!isObject(value)) {
      report.fail('dict_type', value)
      return value
    }
    const { length: before } = report.issues
    const changes = new Changes(value)
    const names = Object.keys(value)
    for (const name of names) {
      report.enter(name)
      if (key) {
        report.mark('[key]')
        key(name, report)
        report.unmark()
      }
      changes.set(name, item(value[name], report))
      report.leave()
    }
    if (report.issues.length === before) checkLength(names.length, 'Dictionary', limits, value, report)
    return changes.result
  }
}

/** How many items there have to be. */
export interface Limits {
  readonly minimum: number | undefined
  readonly maximum: number | undefined
}

/** A list, or a set, of which each item counts once. */
export function list(item: Parse, limits: Limits, isSet: boolean): Parse {
  const fieldType = isSet ? 'Set' : 'List'
  const { maximum } = limits
  return (value, report) => {
    if (!Array.isArray(value)) {
      report.fail(isSet ? 'set_type' : 'list_type', value)
      return value
    }
    // Told alone, as pydantic stops at the first item that is too many.
    if (!isSet && maximum !== undefined && value.length > maximum) {
      checkLength(value.length, fieldType, limits, value, report)
      return value
    }
    const { length: before } = report.issues
    if (isSet) report.floor('lax')
    const items = value.map((one, index) => within(index, one, item, report))
    const result = isSet ? [...new Set(items)] : items
    if (report.issues.length === before) checkLength(result.length, fieldType, limits, value, report)
    return result
  }
}

/** A tuple: items of a kind each, and perhaps more of one kind. */
export function tuple(first: readonly Parse[], rest: Parse | undefined): Parse {
  return (value, report) => {
    if (!Array.isArray(value)) {
      report.fail('tuple_type', value)
      return value
    }
    if (value.length > first.length && !rest) {
      checkLength(value.length, 'Tuple', { minimum: undefined, maximum: first.length }, value, report)
      return value
    }
    report.floor('lax')
    const items = value.map((item, index) => within(index, item, (first[index] ?? rest) as Parse, report))
    for (let index = value.length; index < first.length; index++) report.failAt(index, 'missing', value)
    return items
  }
}

function checkLength(
  length: number,
  fieldType: string,
  { minimum, maximum }: Limits,
  value: unknown,
  report: Report,
): void {
  if (minimum !== undefined && length < minimum)
    report.fail('too_short', value, { field_type: fieldType, min_length: minimum, actual_length: length })
  else if (maximum !== undefined && length > maximum)
    report.fail('too_long', value, { field_type: fieldType, max_length: maximum, actual_length: length })
}

function within(key: Step, value: unknown, parse: Parse, report: Report): unknown {
  report.enter(key)
  const parsed = parse(value, report)
  report.leave()
  return parsed
}

/** An object as it came, copied once something in it changes. */
class Changes {
  result: Values
  readonly #original: Values

  constructor(original: Values) {
    this.#original = original
    this.result = original
  }

  set(name: string, value: unknown): void {
    if (value === this.#original[name]) return
    if (this.result === this.#original) this.result = { ...this.#original }
    this.result[name] = value
  }
}
