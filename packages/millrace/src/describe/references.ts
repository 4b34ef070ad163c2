import type { Side } from '../plan/jsonSchema.ts'
import type { Slot } from './componentNames.ts'
import { isObject, type JsonObject } from './objects.ts'

/** What a reference leads to. */
export interface Target {
  readonly slot: Slot
  readonly side: Side
}

/** What a reference leads to, until it has a name. A symbol goes along where a schema is copied. */
const referred = Symbol('referred')
/** What stands for the bare name of a component, until it has one. */
const named = Symbol('named')

type Reference = JsonObject & { [referred]?: Target; [named]?: Target }

/** A Reference Object whose component has no name yet. */
export function referenceTo(target: Target, siblings: Readonly<JsonObject>): JsonObject {
  // Something that tells components apart until they have names.
  const node: Reference = { $ref: `${target.slot.base} ${target.slot.number}`, ...siblings, [referred]: target }
  return node
}

/** What stands where the name of a component will be. */
export function placeholderOf(target: Target): unknown {
  const node: Reference = { [named]: target }
  return node
}

/** What a schema as written refers to; `undefined` where it is no reference. */
export function targetOf(schema: unknown): Target | undefined {
  return isObject(schema) ? (schema as Reference)[referred] : undefined
}

/** Puts the names of components in, wherever they stand in a value. */
export function putNames(value: unknown, nameOf: (target: Target) => string): void {
  if (Array.isArray(value)) for (const item of value) putNames(item, nameOf)
  if (!isObject(value)) return
  const target = targetOf(value)
  if (target) {
    value['$ref'] = nameOf(target)
    delete (value as Reference)[referred]
  }
  for (const [key, inner] of Object.entries(value)) {
    const bare = isObject(inner) ? (inner as Reference)[named] : undefined
    if (bare) value[key] = nameOf(bare)
    else putNames(inner, nameOf)
  }
}
