import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// The form in which Werkzeug writes passwords, `scrypt:N:r:p$salt$hash`: users of a Flask app keep theirs.
const derive = promisify<string, string, number, object, Buffer>(scrypt)
const cost = { N: 32_768, r: 8, p: 1 }
const hashBytes = 64

/** What is kept of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString('hex')
  const hash = await derive(password, salt, hashBytes, { ...cost, maxmem: memoryOf(cost) })
  return `scrypt:${cost.N}:${cost.r}:${cost.p}$${salt}$${hash.toString('hex')}`
}

/** Whether it is the password that was hashed. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([0-9a-f]+)$/.exec(kept) ?? []
  const expected = Buffer.from(hash, 'hex')
  if (expected.byteLength === 0) return false
  const own = { N: Number(N), r: Number(r), p: Number(p) }
  return timingSafeEqual(await derive(password, salt, expected.byteLength, { ...own, maxmem: memoryOf(own) }), expected)
}

/** What scrypt needs (RFC 7914, section 2), and a little more. */
function memoryOf({ N, r, p }: typeof cost): number {
  return 132 * N * r * p
}
