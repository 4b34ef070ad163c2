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
  const isCoded = source.includes('%') || source.includes('+')
  let equals = source.indexOf('=')
  for (let start = 0, end = 0; start <= source.length; start = end + 1) {
    end = source.indexOf('&', start)
    if (end < 0) end = source.length
    if (end === start) continue
    // The next one is kept: to search from each pair would take quadratic time where no pair has one.
    if (equals >= 0 && equals < start) equals = source.indexOf('=', start)
    const nameEnd = equals >= 0 && equals < end ? equals : end
    const name = isCoded ? decode(source.slice(start, nameEnd), code, brokenEscapes) : source.slice(start, nameEnd)
    if (name === '__proto__') throw codedError('unsafe_key', "The name '__proto__' is not accepted")
    const text = source.slice(nameEnd + 1, end)
    const value = isCoded ? decode(text, code, brokenEscapes) : text
    const present = values[name]
    if (present === undefined) values[name] = value
    else if (typeof present === 'string') values[name] = [present, value]
    else present.push(value)
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
