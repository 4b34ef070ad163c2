import type { TimedSigner } from '../signer.ts'

/** What a session holds, by key. */
export type SessionData = Record<string, unknown>

/** How sessions are written into a cookie and read from it. */
export interface SessionFormat {
  write(data: SessionData, nowSeconds: number): string
  /** What will be read of what is written: JSON makes a text of a date. */
  asRead(data: SessionData): SessionData
  /** `undefined` for what is not signed by the keys, is too old, or is no session. */
  read(value: string, nowSeconds: number, maxAgeSeconds: number): SessionData | undefined
}

/** A session, of what a cookie has held. */
export function dataOf(value: unknown): SessionData | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  // Without a prototype, so that no key is more than a key.
  return Object.assign(Object.create(null), value)
}

/** Whether there is nothing in a session. */
export function isEmpty(data: SessionData): boolean {
  return Object.keys(data).length === 0
}

/** Sessions of JSON as text of an encoding, signed. */
export function signedJson(signer: TimedSigner, encoding: 'base64' | 'base64url'): SessionFormat {
  return {
    write: (data, now) => signer.sign(Buffer.from(JSON.stringify(data)).toString(encoding), now),
    asRead: throughJson,
    read: (value, now, maxAge) => {
      const signed = signer.unsign(value, now, maxAge)
      return signed && attempt(() => dataOf(JSON.parse(Buffer.from(signed.payload, encoding).toString())))
    },
  }
}

/** What JSON leaves of a session. */
export function throughJson(data: SessionData): SessionData {
  return JSON.parse(JSON.stringify(data)) as SessionData
}

/** What a function gives; `undefined` where it throws. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
