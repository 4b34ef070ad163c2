import { stringifySetCookie } from 'cookie'
import { StartupError } from '../errors/StartupError.ts'
import type { CookieOptions } from '../input/cookieOptions.ts'

/** The cookie of a session. */
export interface SessionCookieOptions {
  /** Default `session`. */
  readonly name?: string
  /** Default `/`. */
  readonly path?: string
  /** Default: the host alone, without those below it. */
  readonly domain?: string
  /** `lax` (default): not with requests that other sites make, but for links. `none` needs HTTPS. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Only over HTTPS. Default: where the request came over HTTPS. */
  readonly secure?: boolean
  /** Out of reach of scripts. Default true. */
  readonly httpOnly?: boolean
  /** Another one below each site that embeds this one (CHIPS). */
  readonly partitioned?: boolean
}

/** Browsers drop cookies above 4096 bytes; the limit at which Flask warns. */
const maxCookieBytes = 4093

/** Browsers keep no cookie for longer than 400 days (RFC 6265bis, section 5.5). */
const maxCookieSeconds = 400 * 86_400

/** Writes the `set-cookie` headers of a session. */
export class SessionCookie {
  readonly name: string
  readonly #options: SessionCookieOptions

  /** @throws {StartupError} `invalid_option` for what cannot stand in `set-cookie` */
  constructor(options: SessionCookieOptions) {
    this.name = options.name ?? 'session'
    this.#options = options
    try {
      this.forget(true)
    } catch (cause) {
      throw new StartupError('invalid_option', `cookie of sessions(): ${(cause as Error).message}`, { cause })
    }
  }

  /** @param maxAgeSeconds `undefined`: until the browser is closed */
  set(value: string, maxAgeSeconds: number | undefined, isSecure: boolean): string {
    const age = maxAgeSeconds === undefined ? {} : { maxAge: Math.min(Math.ceil(maxAgeSeconds), maxCookieSeconds) }
    return this.#write(value, isSecure, age)
  }

  forget(isSecure: boolean): string {
    return this.#write('', isSecure, { maxAge: 0, expires: new Date(0) })
  }

  #write(value: string, isSecure: boolean, age: Pick<CookieOptions, 'maxAge' | 'expires'>): string {
    const { path = '/', domain, sameSite = 'lax', httpOnly = true, partitioned } = this.#options
    return stringifySetCookie(this.name, value, {
      // Nothing in it needs to be encoded, and Python would not decode it.
      encode: (text) => text,
      ...age,
      path,
      httpOnly,
      sameSite,
      secure: this.#options.secure ?? (isSecure || sameSite === 'none'),
      ...(domain === undefined ? {} : { domain }),
      ...(partitioned === undefined ? {} : { partitioned }),
    })
  }
}

/** Whether browsers will drop it. */
export function isTooLarge(header: string): boolean {
  return Buffer.byteLength(header) > maxCookieBytes
}
