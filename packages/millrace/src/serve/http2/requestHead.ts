import { methods } from '../methods.ts'
import { isHost } from '../net/octets.ts'

/** Method, target and headers of one request, which has been found to be well-formed. */
export interface Http2Head {
  readonly method: string
  /** Path and query, or `*`. */
  readonly target: string
  /** Name, value, name, value: without pseudo-headers, and with `host`. */
  readonly fields: readonly string[]
}

// As for HTTP/1.1 (`net/octets.ts`): visible ASCII without `#`.
const pathPattern = /^\/[\x21\x22\x24-\x7e]*$/

/**
 * Reads what Node has decoded. It has refused already what breaks the rules of HTTP/2 itself: names in upper case,
 * headers of a connection, pseudo-headers that are missing, doubled or unknown (RFC 9113, section 8.2 and 8.3).
 *
 * @param raw name, value, name, value
 * @returns `undefined` for a request that must be refused: without an authority, or with two that differ; with a
 *   target that is neither a path nor `*` of OPTIONS; with a method that nobody knows, or CONNECT, which is for proxies
 *   and for WebSockets by RFC 8441
 */
export function readHead(raw: readonly string[]): Http2Head | undefined {
  let [method, target, host]: (string | undefined)[] = []
  const fields: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    const value = raw[index + 1] as string
    if (name === ':method') method = value
    else if (name === ':path') target = value
    else if (name === ':authority' || name === 'host') {
      // RFC 9113, section 8.3.1: the two must not differ.
      if (host !== undefined && host.toLowerCase() !== value.toLowerCase()) return undefined
      host = value
    } else if (!name.startsWith(':')) fields.push(name, value)
  }
  if (host === undefined || !isHost(host)) return undefined
  if (method === undefined || !methods.has(method) || target === undefined) return undefined
  if (target === '*' ? method !== 'OPTIONS' : !pathPattern.test(target)) return undefined
  return { method, target, fields: ['host', host, ...fields] }
}

/** How large a list of headers is, as clients are told to count it (RFC 9113, section 10.5.1). */
export function sizeOf(raw: readonly string[]): number {
  let size = raw.length * 16
  for (const text of raw) size += text.length
  return size
}

/** One header by its lower-case name; repeated ones joined by `, `, cookies by `; ` (RFC 9113, section 8.2.3). */
export function headerOf(fields: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] !== name) continue
    const value = fields[index + 1] as string
    found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return found
}
