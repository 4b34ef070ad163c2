import type { Dependency } from '../plan/dependency.ts'
import { bearerToken } from './authorization.ts'
import { type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/** Where a provider says of itself what clients have to know. */
export interface OpenIdConnectOptions extends SchemeOptions {
  /** Ends with `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4). */
  readonly url: string
}

/**
 * The bearer token that a client got from a provider of OpenID Connect, not verified: give it to `jwt()` as its
 * `token`. Without one the answer is 401, code `not_authenticated`.
 *
 * @throws {StartupError} `invalid_option`
 */
export function openIdConnect(options: OpenIdConnectOptions & Optional): Dependency<string | undefined>
export function openIdConnect(options: OpenIdConnectOptions): Dependency<string>
export function openIdConnect(options: OpenIdConnectOptions): Dependency<string | undefined> {
  return schemeGuard(
    {
      defaultName: 'openIdConnect',
      className: 'OpenIdConnect',
      definition: { type: 'openIdConnect', openIdConnectUrl: options.url },
      challenge: 'Bearer',
      read: bearerToken,
    },
    options,
  )
}
