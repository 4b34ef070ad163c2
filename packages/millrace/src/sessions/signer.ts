import { createHmac, timingSafeEqual } from 'node:crypto'
import { StartupError } from '../errors/StartupError.ts'

/** What was signed, and when. */
export interface Signed {
  readonly payload: string
  /** Since 1970. */
  readonly seconds: number
}

/** How long clocks of several servers may differ. */
const toleranceSeconds = 60

/** Longer than any browser keeps: what comes is not worth a signature. */
const maxLength = 16_384

/**
 * Signs texts with the time: `payload.timestamp.signature`, as the Python package itsdangerous does, with a hash and
 * keys of one's choice. The first key signs, all of them verify.
 */
export class TimedSigner {
  readonly #hash: 'sha1' | 'sha256'
  readonly #keys: readonly Buffer[]

  constructor(hash: 'sha1' | 'sha256', keys: readonly Buffer[]) {
    this.#hash = hash
    this.#keys = keys
  }

  sign(payload: string, seconds: number): string {
    const text = `${payload}.${writeTime(seconds)}`
    return `${text}.${this.#signatureOf(text, this.#keys[0] as Buffer)}`
  }

  /** `undefined` for what none of the keys has signed, and for what is older than `maxAgeSeconds`. */
  unsign(value: string, now: number, maxAgeSeconds: number): Signed | undefined {
    const end = value.lastIndexOf('.')
    const middle = value.lastIndexOf('.', end - 1)
    if (middle < 0 || value.length > maxLength) return undefined
    const text = value.slice(0, end)
    const signature = value.slice(end + 1)
    if (!this.#keys.some((key) => isEqual(signature, this.#signatureOf(text, key)))) return undefined
    const seconds = readTime(text.slice(middle + 1))
    const age = now - seconds
    return age <= maxAgeSeconds && age >= -toleranceSeconds ? { payload: text.slice(0, middle), seconds } : undefined
  }

  #signatureOf(text: string, key: Buffer): string {
    return createHmac(this.#hash, key).update(text).digest('base64url')
  }
}

/** The keys of a signer from what the app gives. @throws {StartupError} `invalid_option` */
export function secretsOf(secret: string | readonly string[], minBytes: number): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (secrets.length === 0) throw new StartupError('invalid_option', 'sessions() needs a secret')
  for (const one of secrets)
    if (Buffer.byteLength(one) < minBytes)
      throw new StartupError(
        'invalid_option',
        `A secret of sessions() needs at least ${minBytes} bytes, such as crypto.randomBytes(32).toString('hex')`,
      )
  return secrets
}

function isEqual(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Big-endian, without leading zeros. */
function writeTime(seconds: number): string {
  const hex = seconds.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

function readTime(text: string): number {
  return Number.parseInt(Buffer.from(text, 'base64url').toString('hex'), 16)
}
