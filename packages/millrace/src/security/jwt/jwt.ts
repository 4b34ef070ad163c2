import type { KeyObject } from 'node:crypto'
import type { JWTVerifyOptions } from 'jose'
import { validatorOf } from '../../check/validator.ts'
import { dependency } from '../../depend/dependency.ts'
import { codedError } from '../../errors/codedError.ts'
import { StartupError } from '../../errors/StartupError.ts'
import type { BaseContext } from '../../input/baseContext.ts'
import type { Logger } from '../../input/log.ts'
import type { Dependency } from '../../plan/dependency.ts'
import { amount } from '../../plan/limits.ts'
import type { Output, SchemaLike } from '../../plan/schema.ts'
import { httpBearer } from '../httpBearer.ts'
import { invalidToken } from '../refusals.ts'
import { requiredScopes, requireScopes } from '../scopes.ts'
import { algorithmsOf, allowedOf, asymmetric, type JwtAlgorithm } from './algorithms.ts'
import type { JwtClaims } from './claims.ts'
import { type Jose, loadJose } from './jose.ts'
import { KeysUnavailableError } from './KeysUnavailableError.ts'
import { type FindKey, localKeys, remoteKeys } from './keySet.ts'
import type { LocalKeySet, RemoteKeySet } from './keySetTypes.ts'
import { publicKeyOf, secretKey } from './keys.ts'
import { reasonOf } from './reasons.ts'

/** How tokens are verified. Give one of `secret`, `publicKey` and `jwks`. */
export interface JwtOptions<C extends SchemaLike | undefined = undefined> {
  /** Shared with who signs; at least 32 bytes. For HS256, HS384 and HS512. */
  readonly secret?: string | Uint8Array
  /** PEM: a public key or a certificate. */
  readonly publicKey?: string
  /** The URL of a set of keys, more about it, or the set itself. */
  readonly jwks?: string | URL | RemoteKeySet | LocalKeySet
  /** Default: all that the key can be used with; with `jwks` none of HS256, HS384, HS512. Never `none`. */
  readonly algorithms?: readonly JwtAlgorithm[]
  /** Who must have issued the token: `iss`. */
  readonly issuer?: string | readonly string[]
  /** For whom the token must be, one of these: `aud`. */
  readonly audience?: string | readonly string[]
  /** By how much clocks may differ, in seconds. Default 0. */
  readonly clockToleranceSeconds?: number
  /** Claims that must be there. Default `['exp']`: a token without it would be valid for ever. */
  readonly requiredClaims?: readonly string[]
  /** Checks the claims, and gives them their type. */
  readonly claims?: C
  /** What a token allows. Default: the words of `scope` (RFC 8693, section 4.2), or the list `scp` or `scopes`. */
  readonly scopesOf?: (claims: C extends SchemaLike ? Output<C> : JwtClaims) => readonly string[]
  /** Where the token comes from. Default: `httpBearer({ schemeName: 'jwt', bearerFormat: 'JWT' })`. */
  readonly token?: Dependency<string>
}

/**
 * The claims of a JSON Web Token (RFC 7519) that has been verified: signature, algorithm, time, issuer, audience,
 * and the scopes that `security()` asks for. It needs the package `jose`.
 *
 * Where the token is not valid the answer is 401, code `invalid_token`; where it lacks a scope, 403, code
 * `insufficient_scope`; where its keys cannot be fetched, 503, code `keys_unavailable`.
 *
 * @throws {StartupError} `invalid_option` for keys and algorithms that do not fit; `missing_package`
 *
 * @example
 * const claims = jwt({ jwks: 'https://id.example/.well-known/jwks.json', issuer: 'https://id.example', audience: 'api' })
 * app.get('/me', { deps: { claims } }, ({ claims }) => ({ id: claims.sub }))
 */
export function jwt<C extends SchemaLike | undefined = undefined>(
  options: JwtOptions<C>,
): Dependency<C extends SchemaLike ? Output<C> : JwtClaims> {
  const jose = loadJose('jwt()')
  const token = options.token ?? httpBearer({ schemeName: 'jwt', bearerFormat: 'JWT' })
  const verify = compileVerify(jose, options as JwtOptions<SchemaLike | undefined>)
  const scopesOf = options.scopesOf as ((claims: unknown) => readonly string[]) | undefined
  // Apart, so that a token is verified once however many sets of scopes are asked for.
  const verified = dependency({ label: 'jwt', deps: { token }, guard: true }, verify)
  return dependency(
    { label: 'jwt', deps: { verified, scopes: requiredScopes }, guard: true },
    ({ verified: { payload, claims }, scopes }) => {
      if (scopes.length > 0) requireScopes(scopesOf ? scopesOf(claims) : grantedScopes(payload), scopes)
      return claims
    },
  ) as Dependency<C extends SchemaLike ? Output<C> : JwtClaims>
}

/** Of the token itself: a schema may leave out what the app does not need. */
function grantedScopes({ scope, scp, scopes }: JwtClaims): readonly string[] {
  const found = [scope, scp, scopes].find((one) => one !== undefined)
  if (typeof found === 'string') return found.split(' ')
  return Array.isArray(found) ? found : []
}

/** What a token says, and what a schema makes of it. */
interface Verified {
  readonly payload: JwtClaims
  readonly claims: unknown
}

type Context = BaseContext & { readonly token: string }

function compileVerify(
  jose: Jose,
  options: JwtOptions<SchemaLike | undefined>,
): (context: Context) => Promise<Verified> {
  const { issuer, audience, clockToleranceSeconds = 0, requiredClaims = ['exp'] } = options
  const [key, algorithms] = keyOf(jose, options)
  const validate = options.claims && validatorOf(options.claims, 'input')
  const checks: JWTVerifyOptions = {
    algorithms: [...algorithms],
    requiredClaims: [...requiredClaims],
    clockTolerance: amount(clockToleranceSeconds, 'clockToleranceSeconds of jwt()'),
    ...(issuer === undefined ? {} : { issuer: typeof issuer === 'string' ? issuer : [...issuer] }),
    ...(audience === undefined ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
  }
  return async ({ token, log }) => {
    const payload = await payloadOf(jose, token, key, checks, log)
    if (!validate) return { payload, claims: payload }
    const result = await validate(payload)
    if (result.issues) throw invalidToken('The claims of the token are not what they have to be')
    return { payload, claims: result.value }
  }
}

type Key = KeyObject | FindKey

function keyOf(
  jose: Jose,
  { secret, publicKey, jwks, algorithms }: JwtOptions<SchemaLike | undefined>,
): [Key, readonly JwtAlgorithm[]] {
  if ([secret, publicKey, jwks].filter((one) => one !== undefined).length !== 1)
    throw new StartupError('invalid_option', 'jwt() needs one of secret, publicKey and jwks')
  if (jwks !== undefined) return [findKeyIn(jose, jwks), allowedOf(algorithms, asymmetric, 'jwt()')]
  const key = secret === undefined ? publicKeyOf(publicKey as string, 'jwt()') : secretKey(secret, 'jwt()')
  return [key, allowedOf(algorithms, algorithmsOf(key, 'jwt()'), 'jwt()')]
}

function findKeyIn(jose: Jose, jwks: NonNullable<JwtOptions['jwks']>): FindKey {
  if (typeof jwks === 'string' || jwks instanceof URL) return remoteKeys(jose, { url: jwks })
  return 'keys' in jwks ? localKeys(jose, jwks) : remoteKeys(jose, jwks)
}

async function payloadOf(
  jose: Jose,
  token: string,
  key: Key,
  checks: JWTVerifyOptions,
  log: Logger,
): Promise<JwtClaims> {
  try {
    const found =
      typeof key === 'function'
        ? jose.jwtVerify(token, (header, input) => key(header, input, log), checks)
        : jose.jwtVerify(token, key, checks)
    return (await found).payload
  } catch (error) {
    if (error instanceof jose.errors.JWKSMultipleMatchingKeys) return await byAnyOf(jose, token, error, checks)
    throw refusalOf(jose, error, typeof key === 'function')
  }
}

/** A token that does not name its key may be signed with any that fits. */
async function byAnyOf(
  jose: Jose,
  token: string,
  keys: InstanceType<Jose['errors']['JWKSMultipleMatchingKeys']>,
  checks: JWTVerifyOptions,
): Promise<JwtClaims> {
  for await (const key of keys) {
    try {
      return (await jose.jwtVerify(token, key, checks)).payload
    } catch (error) {
      // One that does not fit, or cannot be used, says nothing of the next.
      const isOfKey = error instanceof jose.errors.JWSSignatureVerificationFailed || reasonOf(jose, error) === undefined
      if (!isOfKey) throw refusalOf(jose, error, true)
    }
  }
  throw refusalOf(jose, new jose.errors.JWSSignatureVerificationFailed(), true)
}

/** @param isOfSet whether the key is one of a set, which the token has chosen and nobody has tried before */
function refusalOf(jose: Jose, error: unknown, isOfSet: boolean): unknown {
  if (error instanceof KeysUnavailableError)
    return codedError('keys_unavailable', 'Tokens cannot be verified at the moment', {
      headers: { 'retry-after': '5' },
      cause: error,
    })
  const reason = reasonOf(jose, error)
  if (reason !== undefined) return invalidToken(reason, error)
  return isOfSet ? invalidToken('The token is signed with a key that cannot be used', error) : error
}
