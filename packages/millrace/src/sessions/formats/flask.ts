import { createHmac } from 'node:crypto'
import { deflateSync, inflateSync } from 'node:zlib'
import { TimedSigner } from '../signer.ts'
import { attempt, dataOf, type SessionData, type SessionFormat } from './format.ts'
import { readTagged, writeTagged } from './taggedJson.ts'

/** What a cookie may hold once it is unpacked; nothing that was signed comes near it. */
const maxInflatedBytes = 1024 * 1024

/**
 * That of Flask: tagged JSON in base64url, compressed where that is shorter (it then begins with a dot), by the
 * URLSafeTimedSerializer of itsdangerous with the salt `cookie-session`.
 */
export function flaskFormat(secrets: readonly string[]): SessionFormat {
  const keys = secrets.map((secret) => createHmac('sha1', secret).update('cookie-session').digest())
  const signer = new TimedSigner('sha1', keys)
  return {
    write: (data, now) => signer.sign(pack(Buffer.from(writeTagged(data))), now),
    asRead: (data) => readTagged(writeTagged(data)) as SessionData,
    read: (value, now, maxAge) => {
      const signed = signer.unsign(value, now, maxAge)
      return signed && attempt(() => dataOf(readTagged(unpack(signed.payload).toString())))
    },
  }
}

function pack(json: Buffer): string {
  const packed = deflateSync(json)
  return packed.length < json.length - 1 ? `.${packed.toString('base64url')}` : json.toString('base64url')
}

function unpack(payload: string): Buffer {
  if (!payload.startsWith('.')) return Buffer.from(payload, 'base64url')
  return inflateSync(Buffer.from(payload.slice(1), 'base64url'), { maxOutputLength: maxInflatedBytes })
}
