import { isUtf8 } from 'node:buffer'
import { parse as parseDisposition } from 'content-disposition'
import { codedError } from '../../errors/codedError.ts'
import { charsetOf, isUtf8Charset, mediaTypeOf } from '../mediaType.ts'

/** What the headers of a part say of it. */
export interface PartHead {
  readonly name: string
  /** As {@link harmless} has left it; `undefined` for a field. */
  readonly filename: string | undefined
  /** Whether a browser has sent a file input in which no file was chosen, if the part is empty. */
  readonly isUnnamed: boolean
  /** In lower case, without parameters. */
  readonly type: string
  /** Latin-1, by lower-case name. */
  readonly raw: RawHeaders
}

/** Headers as the parser gives them: each byte a character, names in lower case. */
export type RawHeaders = Readonly<Record<string, readonly string[]>>

/**
 * Reads the headers of a part (RFC 7578, section 4).
 *
 * @throws {HttpError} `malformed_body` where they do not name the part, `unsafe_key` for `__proto__`,
 *   `unsupported_media_type` for text that is not UTF-8, or a transfer encoding
 */
export function readHead(raw: RawHeaders): PartHead {
  const dispositions = raw['content-disposition'] ?? []
  const { type: disposition, parameters } = parseDisposition(textOf(dispositions[0] ?? ''), { multipart: true })
  const { name, filename } = parameters
  if (dispositions.length !== 1 || disposition !== 'form-data' || name === undefined)
    throw codedError('malformed_body', "A part has no header 'content-disposition: form-data' with a name")
  if (name === '__proto__') throw codedError('unsafe_key', "The name '__proto__' is not accepted")
  const type = textOf(raw['content-type']?.[0] ?? '')
  refuseEncodings(name, type, raw)
  return {
    name,
    filename: filename === undefined ? undefined : harmless(filename),
    isUnnamed: filename === '',
    type: mediaTypeOf(type) || (filename === undefined ? 'text/plain' : 'application/octet-stream'),
    raw,
  }
}

/** The headers as the handler gets them. What cannot stand in a web `Headers` is left out. */
export function webHeaders(raw: RawHeaders): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(raw))
    for (const value of values)
      try {
        headers.append(name, value)
      } catch {
        // No name or value of a header (RFC 9110, section 5): nothing was done by it either.
      }
  return headers
}

/** Names travel as UTF-8 (RFC 7578, section 5.1). */
function textOf(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1')
  if (!isUtf8(bytes)) throw codedError('malformed_body', 'The headers of a part are not UTF-8')
  return bytes.toString('utf8')
}

function refuseEncodings(name: string, type: string, raw: RawHeaders): void {
  const charset = charsetOf(type)
  if (charset !== undefined && !isUtf8Charset(charset))
    throw codedError('unsupported_media_type', `The part '${name}' is not in UTF-8`)
  // Deprecated (RFC 7578, section 4.7), and the bytes would be others than the client means.
  const encoding = raw['content-transfer-encoding']?.[0]?.trim().toLowerCase()
  if (encoding !== undefined && !['7bit', '8bit', 'binary'].includes(encoding))
    throw codedError('unsupported_media_type', `The part '${name}' has a content-transfer-encoding`)
}

/**
 * A file name that leads nowhere: without directories of any system, drive, control characters or marks that turn
 * the direction of writing, and never empty, `.` or `..`.
 */
function harmless(filename: string): string {
  const base = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = base.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  const name = plain.replace(/^[A-Za-z]:/, '').trim()
  return /^\.{0,2}$/.test(name) ? 'unnamed' : name
}
