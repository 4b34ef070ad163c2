import { timingSafeEqual } from 'node:crypto'
import { dependency } from '../../depend/dependency.ts'
import { codedError } from '../../errors/codedError.ts'
import type { HttpError } from '../../errors/HttpError.ts'
import type { Dependency } from '../../plan/dependency.ts'
import { apiKey } from '../apiKey.ts'
import { sha256 } from '../isSameSecret.ts'
import { requiredScopes, requireScopes } from '../scopes.ts'
import type { ApiKeyStore } from './ApiKeyStore.ts'
import { type ApiKeyRecord, idOfKey } from './generateApiKey.ts'

/** Which keys are valid, and where they are sent. */
export interface ApiKeysOptions {
  readonly store: ApiKeyStore
  /** The scheme that reads the key. Default: `apiKey({ in: 'header', name: 'X-API-Key' })`. */
  readonly key?: Dependency<string>
}

/** A key that has been verified: what is known of it, but for its hash. */
export type VerifiedApiKey = Omit<ApiKeyRecord, 'hash'>

/**
 * Verifies keys made by {@link generateApiKey}: known, not expired, not revoked, with the scopes that `security()`
 * asks for. The store holds hashes, and they are compared in constant time.
 *
 * A key that is not valid is answered with 401, code `invalid_api_key`; one that lacks a scope with 403, code
 * `insufficient_scope`.
 *
 * @example
 * const key = apiKeys({ store: new MemoryApiKeyStore([record]) })
 * app.post('/grind', { deps: { key: security(key, { scopes: ['grind'] }) } }, ({ key }) => key.owner)
 */
export function apiKeys({
  store,
  key = apiKey({ in: 'header', name: 'X-API-Key' }),
}: ApiKeysOptions): Dependency<VerifiedApiKey> {
  const role = key.security
  const isBearer = role?.kind !== 'scheme' || role.scheme.definition['type'] !== 'apiKey'
  const scheme = isBearer ? 'Bearer' : 'APIKey'
  const challenge = isBearer ? 'Bearer error="invalid_token"' : 'APIKey'
  const refuse = (detail: string): HttpError =>
    codedError('invalid_api_key', detail, { headers: { 'www-authenticate': challenge } })
  // Apart, so that the store is asked once however many sets of scopes are asked for.
  const verified = dependency({ label: 'apiKeys', deps: { key }, guard: true }, async ({ key }) => {
    const id = idOfKey(key)
    const record = id === undefined ? undefined : await store.find(id)
    // Of a key that is not known something is compared, too, so that it takes as long.
    const isRight = timingSafeEqual(sha256(key), record ? Buffer.from(record.hash, 'hex') : unknownHash)
    if (!record || !isRight) throw refuse('The API key is not known')
    if (record.revokedAt) throw refuse('The API key has been revoked')
    if (record.expiresAt && record.expiresAt.getTime() <= Date.now()) throw refuse('The API key has expired')
    const { hash: _, ...known } = record
    return known
  })
  return dependency(
    { label: 'apiKeys', deps: { verified, scopes: requiredScopes }, guard: true },
    ({ verified, scopes }): VerifiedApiKey => {
      requireScopes(verified.scopes, scopes, scheme)
      return verified
    },
  )
}

const unknownHash = Buffer.alloc(32)
