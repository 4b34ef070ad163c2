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
    if (typeof value !== 'object' || value === null || isLeaf(value)) return value
    const told = toldBy(value)
    if (Array.isArray(told)) {
      // Where items were dropped or added it cannot be told which was which.
      const own = Array.isArray(given) && given.length === told.length ? given : undefined
      return told.map((item, index) => walk(item, own?.[index], kept, dropped, at?.items))
    }
    if (told instanceof Set) return new Set([...told].map((item) => walk(item, undefined, kept, dropped, at?.items)))
    if (typeof told !== 'object' || told === null || isLeaf(told)) return told

    /** Leaves a member out, or hands it on. */
    const member = (key: string, inner: unknown, own: unknown, add: (projected: unknown) => void): void => {
      const keptInner = kept ? innerOf(kept, key) : true
      const droppedInner = innerOf(dropped, key)
      if (keptInner === undefined || droppedInner === true) return
      if (nulls && inner === null) return
      const property = at?.property(key)
      if (property?.isDefault(inner)) return
      add(walk(inner, own, keptInner === true ? undefined : keptInner, droppedInner, property))
    }
    if (told instanceof Map) {
      const own = given instanceof Map ? given : undefined
      const result = new Map<unknown, unknown>()
      for (const [key, inner] of told)
        member(String(key), inner, own?.get(key), (projected) => result.set(key, projected))
      return result
    }
    const source = given === value ? told : given
    const own = typeof source === 'object' && source !== null ? (source as Record<string, unknown>) : undefined
    // Without a prototype, so that no key means anything else.
    const result: Record<string, unknown> = Object.create(null)
    for (const [key, inner] of Object.entries(told)) {
      // JSON leaves functions out; one that is named toJSON would be called.
      if (typeof inner === 'function' || (unset && own && own[key] === undefined)) continue
      member(key, inner, own?.[key], (projected) => {
        result[key] = projected
      })
    }
    return result
  }
  return (checked, given) => walk(checked, given, include, exclude, shape)
}

/** What JSON has a form of its own for, as {@link JsonValues} say. All else is what it holds: nothing must slip through. */
function isLeaf(value: object): boolean {
  return value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
}

/** What an object says of itself, which is what would be sent. JSON asks once: it may be the object itself. */
function toldBy(value: object): unknown {
  const { toJSON } = value as { readonly toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value) : value
}

/** The defaults in a JSON Schema, found when they are asked for: it may hold itself. */
class Shape {
  readonly #part: JsonSchema
  readonly #root: JsonSchema
  readonly #properties = new Map<string, Shape>()
  #others: Shape | undefined
  #items: Shape | undefined

  constructor(part: JsonSchema, root: JsonSchema) {
    this.#part = { ...follow(part, root)[0], ...part }
    this.#root = root
  }

  property(key: string): Shape | undefined {
    const known = this.#properties.get(key) ?? this.#find('properties', key)
    // Only of keys that the schema has: of others values may have any number.
    if (known) this.#properties.set(key, known)
    else this.#others ??= this.#find('additionalProperties')
    return known ?? this.#others
  }

  get items(): Shape | undefined {
    this.#items ??= this.#find('items')
    return this.#items
  }

  isDefault(value: unknown): boolean {
    if (!('default' in this.#part)) return false
    return isDeepStrictEqual(value, this.#part['default'])
  }

  #find(keyword: 'properties' | 'additionalProperties' | 'items', key?: string): Shape | undefined {
    const parts = [this.#part, ...branchesOf(this.#part).map(({ part }) => follow(part, this.#root)[0])]
    for (const part of parts) {
      const held = part[keyword] as JsonSchema | boolean | undefined
      if (typeof held !== 'object') continue
      const found = key === undefined ? held : Object.hasOwn(held, key) ? (held[key] as JsonSchema) : undefined
      if (found) return new Shape(found, this.#root)
    }
    return undefined
  }
}
