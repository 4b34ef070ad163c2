import { type JsonSchema, markKey } from '../../../plan/jsonSchema.ts'
import { branchesOf, follow, pointerOf } from '../../../plan/schemaParts.ts'
import { pythonText } from './literals.ts'
import { typesOf } from './shapes.ts'

const byFormat: Readonly<Record<string, string>> = {
  date: 'date',
  'date-time': 'datetime',
  time: 'time',
  duration: 'timedelta',
  uuid: 'uuid',
  uri: 'function-wrap[wrap_val()]',
  email: 'function-after[_validate(), str]',
}

const maxDepth = 4

/**
 * What pydantic calls a branch of a union in `loc`: the name of a model, or of a type. A model is named by the
 * reference that leads to it, or by its title.
 */
export function labelOf(part: JsonSchema, root: JsonSchema, depth = 0): string {
  const name = nameOf(part, root)
  if (name !== undefined) return name
  const [schema] = follow(part, root)
  if (depth > maxDepth) return 'any'
  const inner = (one: unknown) =>
    typeof one === 'object' && one !== null ? labelOf(one as JsonSchema, root, depth + 1) : 'any'
  const values = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined)
  if (values)
    return schema[markKey] === 'literal' || 'const' in schema
      ? `literal[${values.map(pythonText).join(',')}]`
      : enumLabel(part, schema)
  const choices = branchesOf(schema).filter(({ way }) => way[0] !== 'allOf')
  if (choices.length > 0) {
    const others = choices.filter(({ part: choice }) => follow(choice, root)[0]['type'] !== 'null')
    const labels = others.map(({ part: choice }) => inner(choice))
    const text = labels.length === 1 ? (labels[0] as string) : `union[${labels.join(',')}]`
    return others.length < choices.length ? `nullable[${text}]` : text
  }
  const types = typesOf(schema)
  const bare = types.filter((type) => type !== 'null')
  if (bare.length < types.length && bare.length > 0) return `nullable[${inner({ ...schema, type: bare })}]`
  switch (bare[0]) {
    case 'string':
      return (
        byFormat[(schema[markKey] ?? schema['format']) as string] ??
        constrained(schema, 'str', ['minLength', 'maxLength', 'pattern'])
      )
    case 'integer':
      return constrained(schema, 'int', numberRules)
    case 'number':
      return constrained(schema, 'float', numberRules)
    case 'boolean':
      return 'bool'
    case 'array': {
      const first = schema['prefixItems'] as unknown[] | undefined
      if (first) return `tuple[${first.map(inner).join(', ')}]`
      return `${schema['uniqueItems'] === true ? 'set' : 'list'}[${inner(schema['items'])}]`
    }
    case 'object':
      return schema['properties']
        ? 'model'
        : `dict[${inner(schema['propertyNames'])},${inner(schema['additionalProperties'])}]`
    case undefined:
      return types.length > 0 ? 'none' : 'any'
    default:
      return bare[0] as string
  }
}

const numberRules = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']

function constrained(schema: JsonSchema, name: string, rules: readonly string[]): string {
  return rules.some((rule) => rule in schema) ? `constrained-${name}` : name
}

function enumLabel(part: JsonSchema, schema: JsonSchema): string {
  const name = pointerOf(part['$ref'])?.at(-1) ?? schema['title']
  const values = (schema['enum'] as unknown[] | undefined) ?? []
  const isInteger = values.every(Number.isInteger)
  const base = isInteger ? 'int-' : values.every((value) => typeof value === 'string') ? 'str-' : ''
  return typeof name === 'string' ? `${base}enum[${name}]` : `${base}enum`
}

function nameOf(part: JsonSchema, root: JsonSchema): string | undefined {
  const pointer = pointerOf(part['$ref'])
  const [schema] = follow(part, root)
  const isModel = schema['properties'] !== undefined
  if (isModel && pointer && pointer[0] === '$defs') return pointer.at(-1)
  const title = schema['title']
  return isModel && typeof title === 'string' ? title : undefined
}
