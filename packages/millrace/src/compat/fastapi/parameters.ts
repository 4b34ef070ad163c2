import type { InputLocation } from '../../check/checkRules.ts'
import { NullObject } from '../../input/nullObject.ts'
import { jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { propertiesOf } from '../../plan/schemaParts.ts'
import { allowsArray, uniqueProperties } from '../../plan/valueTypes.ts'
import type { Prepare } from './checks.ts'
import { isParameterModel } from './marks.ts'
import { Compiler } from './pydantic/compile.ts'
import type { Parse } from './pydantic/report.ts'

/** One parameter of a location. */
interface Parameter {
  readonly name: string
  readonly isRequired: boolean
  /** Takes all values of a repeated name; others take the last. */
  readonly isList: boolean
  readonly parse: Parse
  /** Of a model, whose input has it where nothing came. */
  readonly byDefault: unknown
}

/**
 * Compiles how the parameters of a location are taken: each for itself, so that one that is missing has no
 * input, or as one model.
 *
 * @param isJson of an embedded body, whose values are not text
 */
export function compileParameters(
  schema: Schema,
  location: InputLocation | 'body',
  hidden: ReadonlySet<string> | undefined,
  isJson = false,
): Prepare {
  const root = jsonSchemaOf(schema, 'input')
  if (!root) return (raw) => ({ ...raw })
  const compiler = new Compiler(root)
  const isModel = !isJson && isParameterModel(schema)
  const required = new Set(propertiesOf(root).flatMap(({ name, isRequired }) => (isRequired ? [name] : [])))
  const parameters: Parameter[] = [...uniqueProperties(root)].map(([name, part]) => ({
    name,
    isRequired: required.has(name),
    isList: !isJson && allowsArray(part, root),
    parse: compiler.parse(part),
    byDefault: isModel ? part['default'] : undefined,
  }))
  const names = new Set(parameters.map(({ name }) => name))
  // In a form, a field that was left empty was not filled in; a model is given it all the same.
  const isForm = location === 'body' && !isJson && !isModel
  const parseModel = compiler.parse(root)

  return (raw, report) => {
    const values = new NullObject() as Record<string, unknown>
    for (const { name, isList, byDefault } of parameters) {
      const value = isJson ? raw[name] : (textOf(raw[name], isList, isForm) ?? byDefault)
      if (value !== undefined && value !== null) values[name] = value
    }
    for (const name in raw) if (!names.has(name) && !hidden?.has(name)) values[name] = raw[name]
    if (isModel) return parseModel(values, report)
    for (const { name, isRequired, parse } of parameters) {
      if (values[name] === undefined) {
        if (isRequired) report.failAt(name, 'missing', null)
        continue
      }
      report.enter(name)
      values[name] = parse(values[name], report)
      report.leave()
    }
    return values
  }
}

function textOf(value: unknown, isList: boolean, isForm: boolean): unknown {
  if (value === undefined) return undefined
  if (isList) {
    const all = Array.isArray(value) ? value : [value]
    return all.length === 0 ? undefined : all
  }
  const last = Array.isArray(value) ? value.at(-1) : value
  return isForm && last === '' ? undefined : last
}
