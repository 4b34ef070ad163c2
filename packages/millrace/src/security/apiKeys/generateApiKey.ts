import { randomBytes } from 'node:crypto'
import { StartupError } from '../../errors/StartupError.ts'
import { sha256 } from '../isSameSecret.ts'

/** What is known of a key. It is safe to store: the key cannot be found from it. */
export interface ApiKeyRecord {
  /** The part of the key by which it is looked up; no secret. */
  readonly id: string
  /** SHA-256 of the whole key, in hexadecimal. */
  readonly hash: string
  /** What it is for, in words of who asked for it. */
  readonly name?: string | undefined
  /** Whose it is. */
  readonly owner?: string | undefined
  readonly scopes: readonly string[]
  readonly createdAt: Date
  /** It is valid until then; without it, until it is revoked. */
  readonly expiresAt?: Date | undefined
  readonly revokedAt?: Date | undefined
}

/** What a new key is to be. */
export interface GenerateApiKeyOptions extends Pick<ApiKeyRecord, 'name' | 'owner' | 'expiresAt'> {
  /** What keys begin with, so that people and scanners for leaked secrets know whose they are. Default `key`. */
  readonly prefix?: string
  readonly scopes?: readonly string[]
}

/**
 * Makes a key, `prefix_id_secret`, of 256 random bits. Show `key` to its owner once, and store `record` alone.
 *
 * A fast hash is enough for it: there are too many keys to try, unlike passwords.
 *
 * @throws {StartupError} `invalid_option` for a prefix other than of letters and digits
 *
 * @example
 * const { key, record } = generateApiKey({ prefix: 'mill', owner: 'ada', scopes: ['grind'] })
 * await store.add(record)
 */
export function generateApiKey(options: GenerateApiKeyOptions = {}): {
  readonly key: string
  readonly record: ApiKeyRecord
} {
  const { prefix = 'key', name, owner, scopes = [], expiresAt } = options
  if (!/^[A-Za-z0-9]{1,32}$/.test(prefix))
    throw new StartupError('invalid_option', `The prefix '${prefix}' has to be of letters and digits, 32 at most`)
  const id = randomBytes(8).toString('hex')
  const key = `${prefix}_${id}_${randomBytes(32).toString('base64url')}`
  const hash = sha256(key).toString('hex')
  return { key, record: { id, hash, name, owner, scopes, createdAt: new Date(), expiresAt } }
}

// As they are made above; whatever else comes is not looked up.
const keyPattern = /^[A-Za-z0-9]{1,32}_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** The id of a key; `undefined` for what is none of ours. */
export function idOfKey(key: string): string | undefined {
  return keyPattern.exec(key)?.[1]
}
