import type { FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose'
import { StartupError } from '../../errors/StartupError.ts'
import type { Logger } from '../../input/log.ts'
import { milliseconds } from '../../plan/limits.ts'
import type { Jose } from './jose.ts'
import { KeysUnavailableError } from './KeysUnavailableError.ts'
import type { LocalKeySet, RemoteKeySet } from './keySetTypes.ts'

/** After a fetch that has failed, until the next one. */
const maxPauseMs = 5_000

/** Finds the key of a token by its header. */
export type FindKey = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
  log: Logger,
) => ReturnType<ReturnType<Jose['createRemoteJWKSet']>>

/** The keys of a set that is given. @throws {StartupError} `invalid_option` for what is no set of keys */
export function localKeys(jose: Jose, keys: LocalKeySet): FindKey {
  try {
    // It looks at them itself.
    return jose.createLocalJWKSet(keys as unknown as JSONWebKeySet)
  } catch (cause) {
    throw new StartupError('invalid_option', 'jwks is no set of keys: { keys: [{ kty, … }] } (RFC 7517)', { cause })
  }
}

/**
 * The keys of a set that is fetched: when it is first needed, when it is old, and when a token names a key that is
 * not in it. Where it cannot be fetched, those that were fetched before go on being used.
 *
 * @throws {StartupError} `invalid_option` for a URL over which anyone could send keys
 */
export function remoteKeys(jose: Jose, options: RemoteKeySet): FindKey {
  const { cacheMs = 600_000, cooldownMs = 30_000, timeoutMs = 5_000 } = options
  const url = URL.parse(String(options.url))
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))))
    throw new StartupError('invalid_option', `jwks has to be an https URL, not ${String(options.url)}`)
  const remote = jose.createRemoteJWKSet(url, {
    cacheMaxAge: milliseconds(cacheMs, 'cacheMs of jwks'),
    cooldownDuration: milliseconds(cooldownMs, 'cooldownMs of jwks'),
    timeoutDuration: Math.ceil(milliseconds(timeoutMs, 'timeoutMs of jwks')),
  })
  const pauseMs = Math.min(cooldownMs, maxPauseMs)
  // Not by the time of day, which may be set back by an hour.
  let failure: { readonly error: unknown; readonly atMs: number } | undefined
  return async (header, token, log) => {
    // While the server of the keys is down, nobody waits for it again and again.
    if (failure && performance.now() < failure.atMs + pauseMs)
      return await fromOldKeys(jose, remote.jwks(), failure.error, header, token)
    try {
      const key = await remote(header, token)
      failure = undefined
      return key
    } catch (error) {
      if (isOfToken(jose, error)) throw error
      // Told once, however many have waited for this fetch.
      if (failure?.error !== error) log.error('The keys of tokens could not be fetched', { error, url: url.href })
      failure = { error, atMs: performance.now() }
      return await fromOldKeys(jose, remote.jwks(), error, header, token)
    }
  }
}

async function fromOldKeys(
  jose: Jose,
  keys: JSONWebKeySet | undefined,
  cause: unknown,
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
): ReturnType<FindKey> {
  try {
    if (keys) return await jose.createLocalJWKSet(keys)(header, token)
  } catch (error) {
    // One that is not among the old keys may be among the new ones.
    if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw error
  }
  throw new KeysUnavailableError('The keys of tokens could not be fetched', { cause })
}

/** Whether it is the token, and not the server of the keys, that is to blame. */
function isOfToken({ errors }: Jose, error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
