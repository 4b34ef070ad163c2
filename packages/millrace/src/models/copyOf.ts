import { Tensor, type TypedArray } from './Tensor.ts'

/**
 * A copy of a value that can be changed without changing the value: of lists, plain objects, maps, sets, dates,
 * bytes and tensors, at any depth, also of what holds itself. Instances of other classes are handed on as they are.
 */
export function copyOf<T>(value: T): T {
  return copy(value, new Map()) as T
}

/** @param copies of what has been met */
function copy(value: unknown, copies: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known) return known
  const made = begin(value)
  copies.set(value, made)
  fill(made, value, copies)
  return made
}

/** What holds no values is copied whole, and what holds some without them. */
function begin(value: object): object {
  if (Array.isArray(value)) return new Array(value.length)
  if (value instanceof Tensor) return new Tensor(elementsOf(value.data), [...value.shape])
  if (value instanceof DataView)
    return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))
  if (ArrayBuffer.isView(value)) return elementsOf(value as TypedArray)
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Map) return new Map()
  if (value instanceof Set) return new Set()
  return isPlain(value) ? Object.create(Object.getPrototypeOf(value)) : value
}

function fill(made: object, value: object, copies: Map<object, object>): void {
  if (Array.isArray(value))
    for (let index = 0; index < value.length; index++) (made as unknown[])[index] = copy(value[index], copies)
  else if (value instanceof Map)
    for (const [key, inner] of value) (made as Map<unknown, unknown>).set(copy(key, copies), copy(inner, copies))
  else if (value instanceof Set) for (const inner of value) (made as Set<unknown>).add(copy(inner, copies))
  else if (isPlain(value)) for (const [key, inner] of Object.entries(value)) put(made, key, copy(inner, copies))
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** `__proto__` is a name like any other. */
function put(made: object, key: string, value: unknown): void {
  if (key !== '__proto__') (made as Record<string, unknown>)[key] = value
  else Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true })
}

/** A `Buffer` has a `slice` of its own, which shares its memory. */
function elementsOf<T extends TypedArray>(data: T): T {
  return Uint8Array.prototype.slice.call(data) as T
}
