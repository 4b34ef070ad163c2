import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Whether two secrets are equal, without telling by the time it takes how much of them is. For user names, tokens
 * and keys; passwords are hashed by an algorithm that is slow on purpose.
 *
 * @example
 * if (!isSameSecret(login.password, adminPassword)) fail(401)
 */
export function isSameSecret(first: string, second: string): boolean {
  // Hashes are of one length, which is what timingSafeEqual asks for, and lengths are not told either.
  return timingSafeEqual(sha256(first), sha256(second))
}

/** The SHA-256 of a text in UTF-8. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
