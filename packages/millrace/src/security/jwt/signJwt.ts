import { StartupError } from '../../errors/StartupError.ts'
import { algorithmsOf, allowedOf, type JwtAlgorithm } from './algorithms.ts'
import type { JwtClaims } from './claims.ts'
import { loadJose } from './jose.ts'
import { privateKeyOf, secretKey } from './keys.ts'

/** How a token is signed. Give one of `secret` and `privateKey`. */
export interface SignJwtOptions {
  /** Shared with who verifies; at least 32 bytes. */
  readonly secret?: string | Uint8Array
  /** PEM. */
  readonly privateKey?: string
  /** Default: HS256 with a secret, RS256 with an RSA key, else the one of the key. */
  readonly algorithm?: JwtAlgorithm
  /** For how long the token is valid, in seconds: `exp`. `Infinity` for ever. */
  readonly expiresInSeconds: number
  /** Names the key in a set of keys: `kid`. */
  readonly keyId?: string
}

/**
 * Signs claims as a JSON Web Token (RFC 7519), with the time as `iat` and its end as `exp`. It needs the package
 * `jose`.
 *
 * @throws {StartupError} `invalid_option` for a key or an algorithm that does not fit; `missing_package`
 *
 * @example
 * const token = await signJwt({ sub: user.id, scope: 'me items' }, { secret, expiresInSeconds: 30 * 60 })
 */
export async function signJwt(claims: JwtClaims, options: SignJwtOptions): Promise<string> {
  const { secret, privateKey, algorithm, expiresInSeconds, keyId } = options
  const { SignJWT } = loadJose('signJwt()')
  if ((secret === undefined) === (privateKey === undefined))
    throw new StartupError('invalid_option', 'signJwt() needs either secret or privateKey')
  if (!(expiresInSeconds > 0))
    throw new StartupError(
      'invalid_option',
      `expiresInSeconds of signJwt() has to be positive, not ${expiresInSeconds}`,
    )
  const key = secret === undefined ? privateKeyOf(privateKey as string, 'signJwt()') : secretKey(secret, 'signJwt()')
  const [alg] = allowedOf(algorithm && [algorithm], algorithmsOf(key, 'signJwt()'), 'signJwt()') as [JwtAlgorithm]
  const now = Math.floor(Date.now() / 1000)
  const token = new SignJWT({ iat: now, ...claims }).setProtectedHeader({
    alg,
    typ: 'JWT',
    ...(keyId === undefined ? {} : { kid: keyId }),
  })
  if (expiresInSeconds !== Number.POSITIVE_INFINITY) token.setExpirationTime(now + Math.floor(expiresInSeconds))
  return await token.sign(key)
}
