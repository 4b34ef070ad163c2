import type { Dependency } from '../plan/dependency.ts'
import { credentialsOf } from './authorization.ts'
import { type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/**
 * The parameters of `Authorization: Digest …` (RFC 7616) as they were sent. They are not verified, and nonces
 * are not kept: give the whole challenge as `challenge`. Without them the answer is 401, code
 * `not_authenticated`.
 *
 * @throws {StartupError} `invalid_option`
 */
export function httpDigest(options: SchemeOptions & Optional): Dependency<string | undefined>
export function httpDigest(options?: SchemeOptions): Dependency<string>
export function httpDigest(options: SchemeOptions = {}): Dependency<string | undefined> {
  return schemeGuard(
    {
      defaultName: 'digest',
      className: 'HTTPDigest',
      definition: { type: 'http', scheme: 'digest' },
      challenge: 'Digest',
      read: (context) => credentialsOf(context, 'digest'),
    },
    options,
  )
}
