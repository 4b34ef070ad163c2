import { parseCookie, stringifySetCookie } from 'cookie'
import type { CookieOptions } from './cookieOptions.ts'
import { keptCookie } from './keptCookie.ts'

/** How cookies are read and written: the part of cookies in a profile. */
export interface CookieRules {
  /** The cookies of a `cookie` header by their names. */
  readonly parse: (header: string) => Readonly<Record<string, string | undefined>>
  /** A `set-cookie` header. @throws {TypeError} when name or value cannot stand in a cookie */
  readonly write: (name: string, value: string, options: CookieOptions) => string
}

/** Millrace's own: what a cookie cannot hold is percent-encoded, and of several with one name the first counts. */
export const standardCookies: CookieRules = {
  parse: parseCookie,
  write: (name, value, options) => stringifySetCookie(name, value, keptCookie(name, options)),
}
