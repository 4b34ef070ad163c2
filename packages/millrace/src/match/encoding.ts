import { codedError } from '../errors/codedError.ts'

/**
 * What stands for itself in a segment: all of visible ASCII but what ends a segment or begins an escape. Of some of it
 * clients differ in whether they escape it (`{`, `|`, `'`, `@`), and to a literal it means the same either way, as it
 * does to a parameter.
 */
const plain = /[!-~]/
const separating = /[/?#%]/

const brokenEscape = /%(?![0-9A-Fa-f]{2})/

/**
 * Escapes in upper case, and none of what needs none (RFC 3986, section 6.2.2): `%7ecaf%c3%a9` is `~caf%C3%A9`. A path
 * with a broken escape has no such form: of `%%32e` an escape would be made that the client has not sent.
 */
export function normalised(path: string): string {
  if (brokenEscape.test(path)) return path
  return path.replace(/%[0-9A-Fa-f]{2}/g, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return plain.test(character) && !separating.test(character) ? character : escaped.toUpperCase()
  })
}

/** A literal of a pattern in the form of {@link normalised}: `café` is `caf%C3%A9`. It may have escapes itself. */
export function encoded(literal: string): string {
  // Most of them are what they stand for.
  if (/^[\w-]*$/.test(literal)) return literal
  // A lone surrogate has no UTF-8, and is replaced as in a URL.
  return normalised(literal.replace(/%(?![0-9A-Fa-f]{2})|[^!-~]+/g, (part) => encodeURIComponent(part.toWellFormed())))
}

/**
 * Percent-decodes the parameters of a path.
 *
 * @throws {HttpError} `malformed_target` where the encoding is broken
 */
export function decodeParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const name in params) if ((params[name] as string).includes('%')) return decodeEach(params)
  return params
}

function decodeEach(params: Readonly<Record<string, string>>): Record<string, string> {
  const decoded: Record<string, string> = {}
  for (const name in params)
    try {
      decoded[name] = decodeURIComponent(params[name] as string)
    } catch {
      throw codedError('malformed_target', `The path parameter '${name}' is not properly percent-encoded`)
    }
  return decoded
}
