import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Schema } from '../plan/schema.ts'
import { type Pointer, partAt, pointerOf } from './subschemas.ts'

/** One property that a schema of an object declares. */
export interface Property {
  readonly name: string
  readonly isRequired: boolean
  readonly pointer: Pointer
  /** With what its `$ref` leads to. */
  readonly part: JsonSchema
}

/** The properties that a schema accepts, those of `allOf`, `anyOf` and `oneOf` included. */
export function propertiesOf(schema: Schema): Property[] {
  const root = jsonSchemaOf(schema, 'input')
  return root ? collect(root, [], true) : []

  function collect(part: JsonSchema, pointer: Pointer, isCertain: boolean): Property[] {
    const [target, at] = follow(part, pointer)
    const required = new Set((target['required'] ?? []) as readonly string[])
    const own = Object.entries((target['properties'] ?? {}) as Record<string, JsonSchema>).map(([name, property]) => {
      const way = [...at, 'properties', name]
      const whole = { ...follow(property, way)[0], ...property }
      return { name, isRequired: isCertain && required.has(name), pointer: way, part: whole }
    })
    const inherited = ['allOf', 'anyOf', 'oneOf'].flatMap((key) =>
      ((target[key] ?? []) as JsonSchema[]).flatMap((branch, index) =>
        collect(branch, [...at, key, String(index)], isCertain && key === 'allOf'),
      ),
    )
    return [...own, ...inherited]
  }

  function follow(part: JsonSchema, pointer: Pointer): [JsonSchema, Pointer] {
    let [current, at] = [part, pointer]
    // Any more and the references go in a circle.
    for (let hops = 0; hops < 32; hops++) {
      const way = pointerOf(current['$ref'])
      const target = way && partAt(root, way)
      if (!way || !target) break
      current = target
      at = way
    }
    return [current, at]
  }
}
