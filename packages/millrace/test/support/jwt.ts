import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Of 32 bytes, for HS256. */
export const secret = 'a-secret-of-32-bytes-for-testing'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token made by hand, well-formed or not: nothing of it is checked. */
export function tokenOf(
  header: Readonly<Record<string, unknown>>,
  claims: object,
  signatureOf: (input: Buffer) => Buffer,
): string {
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${signatureOf(Buffer.from(input)).toString('base64url')}`
}

export const byHmac =
  (key: string, hash = 'sha256') =>
  (input: Buffer) =>
    createHmac(hash, key).update(input).digest()

export const byKey =
  (key: KeyObject, hash: string | null = 'sha256') =>
  (input: Buffer) =>
    sign(hash, input, key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' } : key)

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const ed25519 = generateKeyPairSync('ed25519')

export const pemOf = (key: KeyObject): string =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }).toString()

/** A public key as it stands in a set of keys. */
export const jwkOf = (key: KeyObject, kid?: string): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  ...(kid === undefined ? {} : { kid }),
})

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
