import { anyType, type JsonSchema, typeKey } from './jsonSchema.ts'
import { branchesOf, follow, maxSchemaDepth, propertiesOf } from './schemaParts.ts'

/** What a part of a JSON Schema allows. */
export interface ValueTypes {
  /** Types of JSON (`number` for integers, too), and what {@link typeKey} may say. */
  readonly types: ReadonlySet<string>
  /** Strings that are allowed one by one, by `const` and `enum`. */
  readonly literals: ReadonlySet<string>
  readonly items: JsonSchema | undefined
  /** Of a tuple. */
  readonly prefixItems: readonly JsonSchema[]
}

interface Collected extends ValueTypes {
  readonly types: Set<string>
  readonly literals: Set<string>
  items: JsonSchema | undefined
  prefixItems: readonly JsonSchema[]
}

/** The types that any branch of a schema allows. */
export function valueTypesOf(part: JsonSchema, root: JsonSchema): ValueTypes {
  const found: Collected = { types: new Set(), literals: new Set(), items: undefined, prefixItems: [] }
  collect(part, root, found, 0)
  return found
}

function collect(part: JsonSchema, root: JsonSchema, found: Collected, depth: number): void {
  if (depth > maxSchemaDepth) return
  const [schema] = follow(part, root)
  const values = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined)
  const beyond = schema[typeKey]
  if (values)
    for (const value of values) {
      if (typeof value === 'string') found.literals.add(value)
      else found.types.add(value === null ? 'null' : typeof value)
    }
  else if (typeof beyond === 'string' && beyond !== anyType) found.types.add(beyond)
  else
    for (const name of [schema['type']].flat())
      if (typeof name === 'string') found.types.add(name === 'integer' ? 'number' : name)
  if (typeof schema['items'] === 'object' && schema['items'] !== null) found.items = schema['items'] as JsonSchema
  if (Array.isArray(schema['prefixItems'])) found.prefixItems = schema['prefixItems'] as JsonSchema[]
  for (const { part: branch } of branchesOf(schema)) collect(branch, root, found, depth + 1)
}

/** Whether a part of a JSON Schema allows an array. */
export function allowsArray(part: JsonSchema, root: JsonSchema): boolean {
  return valueTypesOf(part, root).types.has('array')
}

/** The properties that a JSON Schema declares, each once: with whatever any of its declarations allows. */
export function uniqueProperties(root: JsonSchema, object: JsonSchema = root): Map<string, JsonSchema> {
  const all = new Map<string, JsonSchema>()
  for (const { name, part } of propertiesOf(root, object)) {
    const known = all.get(name)
    all.set(name, known ? { anyOf: [known, part] } : part)
  }
  return all
}

/** What an object schema allows of names that it does not declare: `undefined` where it does not say. */
export function undeclaredIn(part: JsonSchema, root: JsonSchema = part, depth = 0): JsonSchema | boolean | undefined {
  const [schema] = follow(part, root)
  const own = schema['additionalProperties'] as JsonSchema | boolean | undefined
  if (own !== undefined || depth > maxSchemaDepth) return own
  for (const branch of branchesOf(schema)) {
    const found = undeclaredIn(branch.part, root, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
