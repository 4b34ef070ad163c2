import { codedError } from '../errors/codedError.ts'
import { NullObject } from './nullObject.ts'

/** Strings by name; those of a repeated name in order. Without a prototype, so that no name is special. */
export type RawValues = { [name: string]: string | string[] }

/** What is made of a percent-encoding that is broken: 400, or U+FFFD for what is not UTF-8 and the text for what is no escape. */
export type BrokenEscapes = 'refuse' | 'replace'

/**
 * Reads `a=1&b=2`, of a query or a form (WHATWG URL, section 5.1, but strict on broken encodings).
 *
 * @throws {HttpError} `malformed_target` (or `code`) for a broken percent-encoding, `unsafe_key` for `__proto__`
 */
export function parseQuery(
  source: string,
  code: 'malformed_target' | 'malformed_body' = 'malformed_target',
  brokenEscapes: BrokenEscapes = 'refuse',
): RawValues {
  const values = new NullObject() as RawValues
  let start = 0
  while (start <= source.length) {
    let end = source.indexOf('&', start)
    if (end < 0) end = source.length
    if (end > start) {
      // Within the pair: to search on would take quadratic time where no pair has an equals sign.
      const pair = source.slice(start, end)
      const equals = pair.indexOf('=')
      const name = decode(equals < 0 ? pair : pair.slice(0, equals), code, brokenEscapes)
      if (name === '__proto__') throw codedError('unsafe_key', "The name '__proto__' is not accepted")
      const value = equals < 0 ? '' : decode(pair.slice(equals + 1), code, brokenEscapes)
      const present = values[name]
      if (present === undefined) values[name] = value
      else if (typeof present === 'string') values[name] = [present, value]
      else present.push(value)
    }
    start = end + 1
  }
  return values
}

function decode(text: string, code: 'malformed_target' | 'malformed_body', brokenEscapes: BrokenEscapes): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    if (brokenEscapes === 'replace')
      return spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
        Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
      )
    const where = code === 'malformed_body' ? 'form' : 'query'
    throw codedError(code, `The ${where} is not properly percent-encoded`)
  }
}
