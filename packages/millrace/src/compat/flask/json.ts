import { toJson } from '../../reply/json.ts'

/**
 * JSON as Flask writes it: keys sorted, all beyond ASCII escaped, dates as HTTP writes them. `NaN` is `null` all the
 * same: what Python writes there is no JSON.
 */
export function flaskJson(value: unknown): string {
  return write(value).replace(/[\u007f-\uffff]/g, escaped)
}

function write(value: unknown): string {
  if (typeof value !== 'object' || value === null) return toJson(value)
  if (value instanceof Date) return JSON.stringify(Number.isNaN(value.getTime()) ? null : value.toUTCString())
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return write((value as { toJSON: () => unknown }).toJSON())
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (value instanceof Set) return write([...value])
  if (value instanceof Map) return writeEntries([...value].map(([key, item]) => [String(key), item]))
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return toJson(value)
  return writeEntries(Object.entries(value))
}

/** The text is built, not an object: those have keys that are numbers first. */
function writeEntries(entries: readonly (readonly [string, unknown])[]): string {
  const written = entries
    .filter(([, value]) => value !== undefined && typeof value !== 'function' && typeof value !== 'symbol')
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`)
  return `{${written.join(',')}}`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
