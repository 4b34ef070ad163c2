import { isDeepStrictEqual } from 'node:util'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import { innerOf, type Projection, type SelectedKeys } from '../plan/projection.ts'
import type { Schema } from '../plan/schema.ts'
import { branchesOf, follow } from '../plan/schemaParts.ts'

/**
 * What of a checked value is sent.
 *
 * @param given the handler's own value, in which the schema has not filled in anything
 */
export type Project = (checked: unknown, given: unknown) => unknown

/** Compiles a projection of the values of a schema. */
export function compileProject(projection: Projection, schema: Schema): Project {
  const { include, exclude, omit } = projection
  const [unset, nulls] = [omit.has('unset'), omit.has('null')]
  // Not every library tells the defaults of what a schema returns.
  const root = omit.has('defaults') ? jsonSchemaOf(schema, 'input') : undefined
  const shape = root && new Shape(root, root)

  const walk = (
    value: unknown,
    given: unknown,
    kept: SelectedKeys | undefined,
    dropped: SelectedKeys | undefined,
    at: Shape | undefined,
  ): unknown => {
    if (Array.isArray(value)) {
      // Where items were dropped or added it cannot be told which was which.
      const own = Array.isArray(given) && given.length === value.length ? given : undefined
      return value.map((item, index) => walk(item, own?.[index], kept, dropped, at?.items))
    }
    if (!isRecord(value)) return value
    // What it says of itself is what would be sent.
    if (typeof value['toJSON'] === 'function') return walk(value['toJSON'](), given, kept, dropped, at)
    const own = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : undefined
    // Without a prototype, so that no key means anything else.
    const result: Record<string, unknown> = Object.create(null)
    for (const key of Object.keys(value)) {
      const inner = value[key]
      const keptInner = kept ? innerOf(kept, key) : true
      const droppedInner = innerOf(dropped, key)
      if (keptInner === undefined || droppedInner === true) continue
      if (unset && own && own[key] === undefined) continue
      if (nulls && inner === null) continue
      const property = at?.property(key)
      if (property?.isDefault(inner)) continue
      result[key] = walk(inner, own?.[key], keptInner === true ? undefined : keptInner, droppedInner, property)
    }
    return result
  }
  return (checked, given) => walk(checked, given, include, exclude, shape)
}

/** Whether JSON writes a value as an object of its keys, of whatever class it is: nothing must slip through. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !(
    value instanceof Date ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  )
}

/** The defaults in a JSON Schema, found when they are asked for: it may hold itself. */
class Shape {
  readonly #part: JsonSchema
  readonly #root: JsonSchema
  readonly #properties = new Map<string, Shape | undefined>()
  #items: Shape | undefined

  constructor(part: JsonSchema, root: JsonSchema) {
    this.#part = { ...follow(part, root)[0], ...part }
    this.#root = root
  }

  property(key: string): Shape | undefined {
    if (!this.#properties.has(key)) this.#properties.set(key, this.#find('properties', key))
    return this.#properties.get(key)
  }

  get items(): Shape | undefined {
    this.#items ??= this.#find('items')
    return this.#items
  }

  isDefault(value: unknown): boolean {
    if (!('default' in this.#part)) return false
    return isDeepStrictEqual(value, this.#part['default'])
  }

  #find(keyword: 'properties' | 'items', key?: string): Shape | undefined {
    const parts = [this.#part, ...branchesOf(this.#part).map(({ part }) => follow(part, this.#root)[0])]
    for (const part of parts) {
      const held = part[keyword] as JsonSchema | undefined
      const found = key === undefined ? held : held && Object.hasOwn(held, key) ? (held[key] as JsonSchema) : undefined
      if (found) return new Shape(found, this.#root)
    }
    return undefined
  }
}
