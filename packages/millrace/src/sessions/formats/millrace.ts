import { createHmac } from 'node:crypto'
import { TimedSigner } from '../signer.ts'
import { attempt, dataOf, type SessionFormat, throughJson } from './format.ts'

/** JSON in base64url, signed with HMAC-SHA-256 by a key of its own for each name of a cookie. */
export function millraceFormat(secrets: readonly string[], cookieName: string): SessionFormat {
  // Derived, so that a cookie of one name, or another signature by the same secret, is none of another.
  const keys = secrets.map((secret) => createHmac('sha256', secret).update(`millrace.session:${cookieName}`).digest())
  const signer = new TimedSigner('sha256', keys)
  return {
    write: (data, now) => signer.sign(Buffer.from(JSON.stringify(data)).toString('base64url'), now),
    asRead: throughJson,
    read: (value, now, maxAge) => {
      const signed = signer.unsign(value, now, maxAge)
      return signed && attempt(() => dataOf(JSON.parse(Buffer.from(signed.payload, 'base64url').toString())))
    },
  }
}
