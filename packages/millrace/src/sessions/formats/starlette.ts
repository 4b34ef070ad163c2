import { createHash } from 'node:crypto'
import { TimedSigner } from '../signer.ts'
import { type SessionFormat, signedJson } from './format.ts'

/** That of Starlette's SessionMiddleware: JSON in base64, by the TimestampSigner of itsdangerous with its defaults. */
export function starletteFormat(secrets: readonly string[]): SessionFormat {
  const keys = secrets.map((secret) => createHash('sha1').update(`itsdangerous.Signersigner${secret}`).digest())
  return signedJson(new TimedSigner('sha1', keys), 'base64')
}
