import type { InputSchemas } from '../plan/dependency.ts'
import type { JsonSchema } from '../plan/jsonSchema.ts'
import { delimiterStyles, delimitersOf, hasMembers } from '../plan/parameterStyles.ts'
import type { DependencyPlan, Plan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import { type Property, propertiesOf } from '../plan/schemaParts.ts'
import { deepMerge, isObject, type JsonObject } from './objects.ts'
import type { OperationOptions } from './operation.ts'
import { capitalize } from './words.ts'

/** A Parameter Object. */
export type Parameter = JsonObject & { readonly name: string; readonly in: ParameterLocation }

export type ParameterLocation = 'path' | 'query' | 'header' | 'cookie'

const locations: readonly (readonly [keyof InputSchemas, ParameterLocation])[] = [
  ['params', 'path'],
  ['query', 'query'],
  ['headers', 'header'],
  ['cookies', 'cookie'],
]

// The specification has tools ignore parameters of these names: other parts of the document speak of them.
const ignoredHeaders = ['accept', 'authorization', 'content-type']

/**
 * The parameters of an operation and of all its dependencies, each once, by location. A path parameter that
 * no schema speaks of is a string.
 */
export function parametersOf(
  plan: Plan,
  { form, names, components, sides }: OperationOptions,
  hint: string,
): Parameter[] {
  const found = new Map<string, Parameter>()
  for (const name of names) found.set(`path ${name}`, form.pathParameter(name))
  const undescribed = new Set(found.values())
  for (const [key, location] of locations)
    for (const inputs of inputsOf(plan)) {
      const schema = inputs[key]
      const root = schema && components.root(schema, sides.request)
      if (!root) continue
      for (const property of propertiesOf(root)) {
        const id = `${location} ${location === 'header' ? property.name.toLowerCase() : property.name}`
        const known = found.get(id)
        if (location === 'path' && !known) continue
        if (location === 'header' && ignoredHeaders.includes(property.name.toLowerCase())) continue
        if (isHidden(property.part)) continue
        if (known && !undescribed.delete(known)) {
          if (property.isRequired) known['required'] = true
          continue
        }
        const name = hint + capitalize(location) + capitalize(property.name)
        const written = components.schema(schema, sides.request, name, property.pointer)
        // Words of ours, which steer what is written.
        const { hidden: _, openapi, ...rest } = written
        const named = { ...property, name: form.parameterName(property.name, location, schema) }
        const parameter = { ...form.parameter(named, location, rest), ...styleOf(property, location, schema, root) }
        found.set(id, isObject(openapi) ? (deepMerge(parameter, openapi) as Parameter) : parameter)
      }
    }
  return [...found.values()]
}

/** Also where it was said before the value could be null. */
function isHidden({ hidden, anyOf }: JsonSchema): boolean {
  const choices = Array.isArray(anyOf) ? (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null') : []
  return hidden === true || (choices.length === 1 && choices[0]?.['hidden'] === true)
}

/** How a value of more than one part is written, where it is not OpenAPI's own way for the location. */
function styleOf(
  { name, part }: Property,
  location: ParameterLocation,
  schema: Schema,
  root: JsonSchema,
): { readonly style?: string; readonly explode?: boolean } {
  const delimiter = delimitersOf(schema)?.[name]
  if (delimiter !== undefined) return { style: delimiterStyles[delimiter], explode: false }
  return location === 'query' && hasMembers(part, root) ? { style: 'deepObject', explode: true } : {}
}

/**
 * What an operation and its dependencies declare: each before those that it needs. Dependencies of scope `app`
 * see no request.
 */
export function inputsOf(plan: Plan): readonly InputSchemas[] {
  const found = new Map<number, InputSchemas>()
  const visit = (names: Readonly<Record<string, number>>) => {
    for (const index of Object.values(names)) {
      const node = plan.dependencies[index] as DependencyPlan
      if (found.has(index) || node.dependency.scope === 'app') continue
      found.set(index, node.dependency.inputs)
      visit(node.names)
    }
  }
  visit(plan.names)
  return [plan.inputs, ...found.values()]
}
