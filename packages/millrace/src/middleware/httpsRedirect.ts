import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import type { Middleware } from '../run/middleware.ts'
import { redirectTo } from './redirectTo.ts'

/** How clients are sent to HTTPS. */
export interface HttpsRedirectOptions {
  /** 307 (default), or 308, which browsers remember. Both keep method and body. */
  readonly status?: 307 | 308
  /** Of the server for HTTPS. Default 443. */
  readonly port?: number
}

const keys: KnownKeys<HttpsRedirectOptions> = {
  status: true,
  port: true,
}

/**
 * Sends whoever comes by `http` to the same address by `https`. Behind a proxy that speaks HTTPS for the app, name
 * the proxy with the app's `trustProxy`; else every request seems to come by `http`.
 *
 * @example
 * app.use(httpsRedirect())
 */
export function httpsRedirect(options: HttpsRedirectOptions = {}): Middleware {
  refuseUnknownOptions(options, keys, 'httpsRedirect()')
  const { status = 307, port = 443 } = options
  const suffix = port === 443 ? '' : `:${port}`
  return (context, next) => {
    if (context.scheme === 'https') return next()
    const { hostname } = new URL(context.request.url)
    return redirectTo(context, { scheme: 'https', host: hostname + suffix, status })
  }
}
