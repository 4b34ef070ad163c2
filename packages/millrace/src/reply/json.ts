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
  return JSON.stringify(value, isPlain(value, 0) ? undefined : replace) ?? 'null'
}

/** Whether `JSON.stringify` alone writes a value as {@link toJson} promises. A replacer would make it several times slower. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint'
  if (depth > 32) return false
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item !== 'number' && !isPlain(item, depth + 1)) return false
    return true
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value instanceof Date
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false
  // What the method returns is for the replacer to see.
  return typeof (value as { toJSON?: unknown }).toJSON !== 'function'
}

function replace(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value))
  // Not `value`: a Buffer's own toJSON has made something else of it.
  const original = this[key]
  if (original instanceof DataView)
    return Array.from(new Uint8Array(original.buffer, original.byteOffset, original.byteLength))
  if (ArrayBuffer.isView(original)) return Array.from(original as Uint8Array)
  return value
}
