import type { JsonSchema } from '../plan/jsonSchema.ts'
import { partAt, pointerOf } from '../plan/schemaParts.ts'
import { isObject } from './objects.ts'

/** A part of a JSON Schema, and the root inside which its references lead. */
export interface Rooted {
  readonly part: JsonSchema
  readonly root: JsonSchema
}

/**
 * Whether two schemas say the same, references followed. Pairs that are being compared count as equal, so
 * that recursive schemas come to an end.
 */
export function isSameSchema(a: Rooted, b: Rooted): boolean {
  const assumed = new Map<unknown, Set<unknown>>()
  const compare = (left: unknown, right: unknown): boolean => {
    if (left === right && a.root === b.root) return true
    if (Array.isArray(left) && Array.isArray(right))
      return left.length === right.length && left.every((item, index) => compare(item, right[index]))
    if (!isObject(left) || !isObject(right)) return Object.is(left, right)
    if (assumed.get(left)?.has(right)) return true
    assumed.set(left, (assumed.get(left) ?? new Set()).add(right))
    const keys = keysOf(left)
    if (keys.length !== keysOf(right).length) return false
    return keys.every((key) => {
      if (!(key in right)) return false
      const from = key === '$ref' ? pointerOf(left[key]) : undefined
      const to = key === '$ref' ? pointerOf(right[key]) : undefined
      return from && to ? compare(partAt(a.root, from), partAt(b.root, to)) : compare(left[key], right[key])
    })
  }
  return compare(a.part, b.part)
}

function keysOf(schema: JsonSchema): string[] {
  return Object.keys(schema).filter((key) => key !== '$defs')
}
