import type { CookieOptions } from './cookieOptions.ts'

/**
 * A cookie such that browsers keep it, or forget it where it is deleted: some they take by HTTPS alone, and drop without a
 * word otherwise (RFC 6265bis, sections 4.1.3 and 5.7).
 *
 * @returns its options, with `secure` where it is needed
 * @throws {TypeError} where they say what no browser takes
 */
export function keptCookie(name: string, options: CookieOptions): CookieOptions {
  const lower = name.toLowerCase()
  const isOfHost = lower.startsWith('__host-')
  if (isOfHost && (options.domain !== undefined || (options.path ?? '/') !== '/'))
    throw new TypeError(`The cookie '${name}' has to be of the path / and without a domain: browsers drop any other`)
  const { sameSite, partitioned, secure } = options
  if (!isOfHost && !lower.startsWith('__secure-') && sameSite !== 'none' && !partitioned) return options
  if (secure === false)
    throw new TypeError(`The cookie '${name}' has to be secure, by its name or its options: browsers drop any other`)
  return { ...options, secure: true }
}
