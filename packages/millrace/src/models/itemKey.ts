import { createHash } from 'node:crypto'
import { Tensor } from './Tensor.ts'

/**
 * What tells items apart where a cache has no `key`: the same text only for the same value, so what JSON would
 * write alike is marked with its type.
 *
 * @throws {TypeError} for what has no such text, such as an instance of a class
 */
export function itemKey(item: unknown): string {
  if (typeof item === 'string') return JSON.stringify(item)
  // `-0` is written as `0`; a model may tell them apart.
  if (typeof item === 'number') return Object.is(item, -0) ? '-0' : String(item)
  if (item === null || item === undefined || typeof item === 'boolean') return String(item)
  if (typeof item === 'bigint') return `${item}n`
  if (typeof item !== 'object') throw noKey(typeof item)
  if (Array.isArray(item)) return `[${item.map(itemKey).join()}]`
  if (item instanceof Tensor) return `Tensor(${item.shape.join('x')},${itemKey(item.data)})`
  if (item instanceof Map) return `Map(${[...item].map(itemKey).join()})`
  if (item instanceof Set) return `Set(${[...item].map(itemKey).join()})`
  if (item instanceof Date) return `Date(${item.getTime()})`
  if (ArrayBuffer.isView(item)) return `${item.constructor.name}(${bytesKey(item)})`
  if (item instanceof ArrayBuffer) return `ArrayBuffer(${bytesKey(new Uint8Array(item))})`
  const prototype = Object.getPrototypeOf(item)
  if (prototype !== Object.prototype && prototype !== null) throw noKey(prototype.constructor?.name ?? 'object')
  return `{${Object.entries(item)
    .map(([name, value]) => `${JSON.stringify(name)}:${itemKey(value)}`)
    .join()}}`
}

function bytesKey({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
}

function noKey(kind: string): TypeError {
  return new TypeError(`A cache cannot tell items with a value of the kind '${kind}' apart: give it a 'key'`)
}
