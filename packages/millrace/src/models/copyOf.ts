import { Tensor, type TypedArray } from './Tensor.ts'

/**
 * A copy of a value that can be changed without changing the value: of lists, plain objects, maps, sets, dates,
 * bytes and tensors, at any depth. Instances of other classes are handed on as they are.
 */
export function copyOf<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Tensor) return new Tensor(elementsOf(value.data), [...value.shape])
  if (value instanceof DataView)
    return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))
  if (ArrayBuffer.isView(value)) return elementsOf(value as TypedArray)
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [copy(key), copy(inner)]))
  if (value instanceof Set) return new Set([...value].map(copy))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  // Defined, not assigned: `__proto__` is a name like any other.
  const made = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]))
  return prototype === null ? Object.assign(Object.create(null), made) : made
}

/** A `Buffer` has a `slice` of its own, which shares its memory. */
function elementsOf<T extends TypedArray>(data: T): T {
  return Uint8Array.prototype.slice.call(data) as T
}
