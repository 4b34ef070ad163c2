import { createHmac } from 'node:crypto'
import { TimedSigner } from '../signer.ts'
import { type SessionFormat, signedJson } from './format.ts'

/** JSON in base64url, signed with HMAC-SHA-256 by a key of its own for each name of a cookie. */
export function millraceFormat(secrets: readonly string[], cookieName: string): SessionFormat {
  // Derived, so that a cookie of one name, or another signature by the same secret, is none of another.
  const keys = secrets.map((secret) => createHmac('sha256', secret).update(`millrace.session:${cookieName}`).digest())
  return signedJson(new TimedSigner('sha256', keys), 'base64url')
}
