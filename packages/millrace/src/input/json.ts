import { isUtf8 } from 'node:buffer'
import { codedError } from '../errors/codedError.ts'

/**
 * Decodes UTF-8, strictly; a byte order mark is dropped.
 *
 * @throws {HttpError} `malformed_body`
 */
export function decodeText(bytes: Uint8Array, subject = 'The body'): string {
  if (!isUtf8(bytes)) throw codedError('malformed_body', `${subject} is not UTF-8`)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Far more than any honest body needs, far less than what overflows the stack of a recursive schema. */
const maxDepth = 500

/**
 * Parses JSON.
 *
 * @throws {HttpError} `malformed_json` with the engine's message, also for a nesting deeper than 500;
 *   `unsafe_key` where an object has the key `__proto__`, which would change prototypes wherever it is copied
 */
export function parseJson(text: string, subject = 'The body'): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw codedError('malformed_json', `${subject} is not JSON: ${withoutExcerpt((error as Error).message)}`)
  }
  // An escape can spell the key in another way, so either makes us look.
  if (text.includes('__proto__') || text.includes('\\u') || mayBeDeep(text)) inspect(value, subject)
  return value
}

/** V8 quotes the input in its message; what the caller sent is not echoed. */
function withoutExcerpt(message: string): string {
  const position = / at position \d+/.exec(message)?.[0] ?? ''
  return message.startsWith('Unexpected end') || message.startsWith('Unterminated')
    ? `unexpected end${position}`
    : `unexpected token${position}`
}

function mayBeDeep(text: string): boolean {
  // A bracket for each level, to open it and to close it.
  return text.length > 2 * maxDepth && hasMany(text, '[', '{')
}

/** Whether two characters occur more than {@link maxDepth} times. Much faster than to walk over the value. */
function hasMany(text: string, ...characters: string[]): boolean {
  let count = 0
  for (const character of characters)
    for (let index = text.indexOf(character); index >= 0; index = text.indexOf(character, index + 1))
      if (++count > maxDepth) return true
  return false
}

/** Level by level, without recursion: the nesting of a body is the caller's choice. */
function inspect(root: unknown, subject: string): void {
  let level = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw codedError('malformed_json', `${subject} is nested deeper than ${maxDepth} levels`)
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      if (Object.hasOwn(value, '__proto__')) throw codedError('unsafe_key', "The key '__proto__' is not accepted")
      for (const key in value) next.push((value as Record<string, unknown>)[key])
    }
    level = next
  }
}
