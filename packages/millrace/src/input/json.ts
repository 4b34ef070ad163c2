import { isUtf8 } from 'node:buffer'
import { codedError } from '../errors/codedError.ts'

/**
 * Decodes UTF-8, strictly; a byte order mark is dropped.
 *
 * @throws {HttpError} `malformed_body`
 */
export function decodeText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw codedError('malformed_body', 'The body is not UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/**
 * Parses JSON.
 *
 * @throws {HttpError} `malformed_json` with the engine's message, or `unsafe_key` where an object has the
 *   key `__proto__`, which would change prototypes wherever it is copied
 */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw codedError('malformed_json', `The body is not JSON: ${withoutExcerpt((error as Error).message)}`)
  }
  // An escape can spell the key in another way, so either makes us look.
  if ((text.includes('__proto__') || text.includes('\\u')) && hasUnsafeKey(value))
    throw codedError('unsafe_key', "The key '__proto__' is not accepted")
  return value
}

/** V8 quotes the input in its message; what the caller sent is not echoed. */
function withoutExcerpt(message: string): string {
  const position = / at position \d+/.exec(message)?.[0] ?? ''
  return message.startsWith('Unexpected end') || message.startsWith('Unterminated')
    ? `unexpected end${position}`
    : `unexpected token${position}`
}

/** Without recursion: the nesting of a body is the caller's choice. */
function hasUnsafeKey(root: unknown): boolean {
  const left: unknown[] = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) return true
    for (const key in value) left.push((value as Record<string, unknown>)[key])
  }
  return false
}
