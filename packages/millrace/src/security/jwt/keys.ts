import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { StartupError } from '../../errors/StartupError.ts'

/** RFC 7518, section 3.2: a key at least as long as the hash. Shorter ones can be guessed from one token. */
const minSecretBytes = 32

/** A shared secret. @throws {StartupError} `invalid_option` where it is too short */
export function secretKey(secret: string | Uint8Array, owner: string): KeyObject {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
  if (bytes.byteLength < minSecretBytes)
    throw new StartupError(
      'invalid_option',
      `The secret of ${owner} needs at least ${minSecretBytes} bytes, such as crypto.randomBytes(32).toString('hex')`,
    )
  return createSecretKey(bytes)
}

/** A public key or a certificate in PEM. @throws {StartupError} `invalid_option` */
export function publicKeyOf(pem: string, owner: string): KeyObject {
  return readKey(() => createPublicKey(pem), `publicKey of ${owner}`)
}

/** A private key in PEM. @throws {StartupError} `invalid_option` */
export function privateKeyOf(pem: string, owner: string): KeyObject {
  return readKey(() => createPrivateKey(pem), `privateKey of ${owner}`)
}

function readKey(read: () => KeyObject, name: string): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new StartupError('invalid_option', `${name} is not a key in PEM: it begins with -----BEGIN`, { cause })
  }
}
