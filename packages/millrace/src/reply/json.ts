import type { JsonValues } from '../plan/jsonValues.ts'

/** Writes a value as JSON. */
export type ToJson = (value: unknown) => string

/**
 * Writes JSON. What JSON has no form for is written so:
 *
 * | value | written as |
 * |---|---|
 * | `NaN`, `Infinity` | `null`, as `JSON.stringify` does |
 * | `BigInt` | a string of its digits |
 * | `Date` | an ISO 8601 string |
 * | `Map` | an object of its entries |
 * | `Set`, typed array | an array |
 * | `ArrayBuffer`, `DataView` | an array of its bytes |
 *
 * Anything else that has a `toJSON` method is written as that says.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, isPlain(value) ? undefined : replace) ?? 'null'
}

/** Whether `JSON.stringify` alone writes a value as {@link toJson} promises. A replacer would make it several times slower. */
function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? holdsPlain(value, 0) : typeof value !== 'bigint'
}

// What is no object is told here: a call for each would take longer than all else.
function holdsPlain(value: object, depth: number): boolean {
  if (depth > 32) return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item === 'object' && item !== null ? !holdsPlain(item, depth + 1) : typeof item === 'bigint')
        return false
    }
    return true
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value instanceof Date
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object' && member !== null ? !holdsPlain(member, depth + 1) : typeof member === 'bigint')
      return false
  }
  // What the method returns is for the replacer to see.
  return typeof (value as { toJSON?: unknown }).toJSON !== 'function'
}

function replace(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  // Not `value`: a Buffer's own toJSON has made something else of it.
  const original = this[key]
  return isBinary(original) ? numbersOf(original) : value
}

/** Like {@link toJson}, with other forms. Slower: a function is called for each value. */
export function toJsonWith(values: JsonValues): ToJson {
  const { nan = 'null', bigint = 'string', date = 'iso', map = 'object', typedArray = 'array' } = values
  function replaceWith(this: Record<string, unknown>, key: string, value: unknown): unknown {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      if (nan === 'error') throw noForm(key, String(value))
      return nan === 'null' ? null : String(value)
    }
    if (typeof value === 'bigint') {
      if (bigint === 'error') throw noForm(key, 'a BigInt')
      return bigint === 'string' ? String(value) : rawJson(String(value))
    }
    if (value instanceof Map) return map === 'object' ? Object.fromEntries(value) : [...value]
    if (value instanceof Set) return [...value]
    // Not `value`: the toJSON of a Date and of a Buffer has made something else of them.
    const original = this[key]
    if (original instanceof Date) return date === 'iso' ? value : original.getTime()
    if (isBinary(original)) return typedArray === 'base64' ? base64Of(original) : numbersOf(original)
    return value
  }
  return (value) => JSON.stringify(value, replaceWith) ?? 'null'
}

// Of ES2025, which Node has had since version 21.
const rawJson = (JSON as unknown as { rawJSON(text: string): object }).rawJSON

function noForm(key: string, what: string): TypeError {
  return new TypeError(`${key === '' ? 'The result' : `'${key}' of the result`} is ${what}, which JSON has no form for`)
}

function isBinary(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value)
}

function bytesOf(binary: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(binary)
    ? Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength)
    : Buffer.from(binary)
}

function base64Of(binary: ArrayBuffer | ArrayBufferView): string {
  return bytesOf(binary).toString('base64')
}

function numbersOf(binary: ArrayBuffer | ArrayBufferView): unknown[] {
  if (binary instanceof ArrayBuffer || binary instanceof DataView) return Array.from(bytesOf(binary))
  return Array.from(binary as Uint8Array)
}
