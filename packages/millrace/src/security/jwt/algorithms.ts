import type { KeyObject } from 'node:crypto'
import { StartupError } from '../../errors/StartupError.ts'

/** How a token may be signed (RFC 7518, section 3.1; RFC 8037, section 3.1). `none` is not among them. */
export type JwtAlgorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'

const rsa: readonly JwtAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const curves: Readonly<Record<string, JwtAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** Those of keys that anybody may have: a signature by one says nothing if the key is also taken for a secret. */
export const asymmetric: readonly JwtAlgorithm[] = [...rsa, ...Object.values(curves), 'EdDSA']

/**
 * What a key can sign, the usual one first.
 *
 * @throws {StartupError} `invalid_option` for a key that no algorithm can use
 */
export function algorithmsOf(key: KeyObject, owner: string): readonly JwtAlgorithm[] {
  if (key.type === 'secret') return ['HS256', 'HS384', 'HS512']
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') {
    // RFC 7518, section 3.3.
    if ((details?.modulusLength ?? 0) >= 2048) return rsa
    throw new StartupError('invalid_option', `The RSA key of ${owner} is too short: it needs 2048 bits at least`)
  }
  if (type === 'ed25519') return ['EdDSA']
  const curve = type === 'ec' ? curves[details?.namedCurve ?? ''] : undefined
  if (curve) return [curve]
  throw new StartupError('invalid_option', `The key of ${owner} is of a kind that cannot sign a JWT: ${type}`)
}

/**
 * The algorithms that are allowed, of those that a key can use.
 *
 * @throws {StartupError} `invalid_option`
 */
export function allowedOf(
  wanted: readonly JwtAlgorithm[] | undefined,
  possible: readonly JwtAlgorithm[],
  owner: string,
): readonly JwtAlgorithm[] {
  if (wanted === undefined) return possible
  const wrong = wanted.find((algorithm) => !possible.includes(algorithm))
  if (wrong === undefined && wanted.length > 0) return wanted
  throw new StartupError(
    'invalid_option',
    `${owner} with this key can use ${possible.join(', ')}, not ${wrong ?? 'no algorithm at all'}`,
  )
}
