import { codedError } from '../errors/codedError.ts'
import type { MiddlewareContext } from './baseContext.ts'

// A name or an address with an optional port (RFC 3986, section 3.2), loosely; `URL` judges the rest.
const originPattern = /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:\d{1,5})?$/

/**
 * Where the client has asked, such as `https://api.example:8443`.
 *
 * @throws {HttpError} `bad_request` where the host is not one
 */
export function originOf({ scheme, host }: Pick<MiddlewareContext, 'scheme' | 'host'>): string {
  // Of several hosts, the header is a list, which is no host either.
  const origin = `${scheme}://${host ?? 'localhost'}`
  if (!originPattern.test(origin) || !URL.canParse(origin))
    throw codedError('bad_request', "The header 'host' is not a host")
  return origin
}
