import { createHash } from 'node:crypto'
import { TimedSigner } from '../signer.ts'
import { attempt, dataOf, type SessionFormat, throughJson } from './format.ts'

/** That of Starlette's SessionMiddleware: JSON in base64, by the TimestampSigner of itsdangerous with its defaults. */
export function starletteFormat(secrets: readonly string[]): SessionFormat {
  const keys = secrets.map((secret) => createHash('sha1').update(`itsdangerous.Signersigner${secret}`).digest())
  const signer = new TimedSigner('sha1', keys)
  return {
    write: (data, now) => signer.sign(Buffer.from(JSON.stringify(data)).toString('base64'), now),
    asRead: throughJson,
    read: (value, now, maxAge) => {
      const signed = signer.unsign(value, now, maxAge)
      return signed && attempt(() => dataOf(JSON.parse(Buffer.from(signed.payload, 'base64').toString())))
    },
  }
}
