import type { Dependency } from '../plan/dependency.ts'
import { bearerToken } from './authorization.ts'
import { type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/** How bearer tokens are asked for. */
export interface HttpBearerOptions extends SchemeOptions {
  /** What tokens look like, such as `JWT`; only said in the document. */
  readonly bearerFormat?: string
}

/**
 * The token of `Authorization: Bearer …` (RFC 6750), not verified: `jwt()` does that. Without one the answer is
 * 401, code `not_authenticated`.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * const token = httpBearer()
 * app.get('/me', { deps: { token } }, ({ token }) => users.byToken(token))
 */
export function httpBearer(options: HttpBearerOptions & Optional): Dependency<string | undefined>
export function httpBearer(options?: HttpBearerOptions): Dependency<string>
export function httpBearer(options: HttpBearerOptions = {}): Dependency<string | undefined> {
  const { bearerFormat } = options
  return schemeGuard(
    {
      defaultName: 'bearer',
      className: 'HTTPBearer',
      definition: { type: 'http', scheme: 'bearer', ...(bearerFormat === undefined ? {} : { bearerFormat }) },
      challenge: 'Bearer',
      read: bearerToken,
    },
    options,
  )
}
