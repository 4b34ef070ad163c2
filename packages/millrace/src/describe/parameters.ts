import type { InputSchemas } from '../plan/dependency.ts'
import { jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Plan } from '../plan/plan.ts'
import { type Property, propertiesOf } from '../plan/schemaParts.ts'
import { compact, deepMerge, isObject, type JsonObject } from './objects.ts'
import type { OperationOptions } from './operation.ts'
import { capitalize } from './words.ts'

/** A Parameter Object. */
export type Parameter = JsonObject & { readonly name: string; readonly in: ParameterLocation }

type ParameterLocation = 'path' | 'query' | 'header' | 'cookie'

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
export function parametersOf(plan: Plan, { names, components, sides }: OperationOptions, hint: string): Parameter[] {
  const found = new Map<string, Parameter>()
  for (const name of names) found.set(`path ${name}`, { name, in: 'path', required: true, schema: { type: 'string' } })
  const undescribed = new Set(found.values())
  for (const [key, location] of locations)
    for (const inputs of inputsOf(plan)) {
      const schema = inputs[key]
      const root = schema && jsonSchemaOf(schema, sides.request)
      if (!root) continue
      for (const property of propertiesOf(root)) {
        const id = `${location} ${location === 'header' ? property.name.toLowerCase() : property.name}`
        const known = found.get(id)
        if (location === 'path' && !known) continue
        if (location === 'header' && ignoredHeaders.includes(property.name.toLowerCase())) continue
        if (property.part['hidden'] === true) continue
        if (known && !undescribed.delete(known)) {
          if (property.isRequired) known['required'] = true
          continue
        }
        const name = hint + capitalize(location) + capitalize(property.name)
        found.set(id, parameter(property, location, components.schema(schema, sides.request, name, property.pointer)))
      }
    }
  return [...found.values()]
}

/** What an operation and its dependencies declare. Dependencies of scope `app` see no request. */
export function inputsOf(plan: Plan): readonly InputSchemas[] {
  const dependencies = plan.dependencies.map((node) => node.dependency).filter(({ scope }) => scope !== 'app')
  return [plan.inputs, ...dependencies.map(({ inputs }) => inputs)]
}

/**
 * What OpenAPI says of a parameter rather than of its schema is taken out of the schema; what its metadata has
 * under `openapi` is laid over all.
 */
function parameter({ name, part, isRequired }: Property, location: ParameterLocation, written: JsonObject): Parameter {
  const { description: _, deprecated: __, examples: ___, hidden: ____, openapi, ...schema } = written
  const examples = Array.isArray(part['examples']) ? part['examples'] : []
  const whole = {
    name,
    in: location,
    ...compact({
      required: isRequired || location === 'path' ? true : undefined,
      description: part['description'],
      deprecated: part['deprecated'] === true ? true : undefined,
      schema,
      ...examplesOf(examples),
    }),
  }
  return isObject(openapi) ? (deepMerge(whole, openapi) as Parameter) : whole
}

function examplesOf(examples: readonly unknown[]): JsonObject {
  if (examples.length === 0) return {}
  if (examples.length === 1) return { example: examples[0] }
  return { examples: Object.fromEntries(examples.map((value, index) => [`example${index + 1}`, { value }])) }
}
