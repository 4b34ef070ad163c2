import { codedError } from '../errors/codedError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { isOrigin } from '../plan/origin.ts'
import type { Middleware } from '../run/middleware.ts'

/** Who may send forms and the like to the app from elsewhere. */
export interface CsrfOptions {
  /** Origins such as `https://partner.example`. */
  readonly trustedOrigins?: readonly string[]
}

const keys: KnownKeys<CsrfOptions> = {
  trustedOrigins: true,
}

/** RFC 9110, section 9.2.1, and QUERY: they change nothing, so that it does not matter who asks. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])

/**
 * Refuses what other sites make a browser send with the cookies of its user (cross-site request forgery): 403, code
 * `cross_site_request`. By `Sec-Fetch-Site`, which every browser of today sends, else by `Origin`, which has to be the
 * app's own. Clients that are no browsers send neither, and have no cookies of others. No tokens are needed.
 *
 * It relies on safe methods (GET, HEAD, OPTIONS, QUERY) changing nothing.
 *
 * @throws {StartupError} `invalid_option` for a trusted origin that is none
 *
 * @example
 * app.use(csrf())
 */
export function csrf(options: CsrfOptions = {}): Middleware {
  refuseUnknownOptions(options, keys, 'csrf()')
  const { trustedOrigins = [] } = options
  // `null` is the origin of sandboxes, which anybody may make.
  const wrong = trustedOrigins.find((origin) => origin === 'null' || !isOrigin(origin))
  if (wrong !== undefined)
    throw new StartupError('invalid_option', `csrf() cannot trust '${wrong}': an origin is such as https://app.example`)
  const trusted = new Set(trustedOrigins)
  return (context, next) => {
    if (!safeMethods.has(context.method) && isCrossSite(context, trusted))
      throw codedError('cross_site_request', 'Another site has made the browser send this: only the app itself may')
    return next()
  }
}

function isCrossSite(context: MiddlewareContext, trusted: ReadonlySet<string>): boolean {
  const origin = context.header('origin')
  if (origin !== undefined && trusted.has(origin)) return false
  const site = context.header('sec-fetch-site')
  // `none`: the user has typed it, or has it among their bookmarks.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  // By the host alone: behind a proxy the scheme may not be known, and the port of its own may be named.
  const from = URL.parse(origin)
  // `null` is the origin of sandboxes.
  return from === null || URL.parse(`${from.protocol}//${context.host}`)?.host !== from.host
}
