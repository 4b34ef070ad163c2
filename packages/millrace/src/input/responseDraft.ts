import type { SerializeOptions } from 'cookie'
import { HeaderList } from '../serve/headers.ts'
import type { CookieRules } from './cookieRules.ts'

/** How a cookie is set; `path` is `/`, `httpOnly` true and `sameSite` `lax` unless told otherwise. */
export type CookieOptions = SerializeOptions

/** What a handler or a dependency adds to the success answer. It does not apply to error answers. */
export class ResponseDraft {
  /** Overrides the operation's status. */
  status: number | undefined = undefined
  readonly headers: HeaderList = new HeaderList()
  readonly #cookies: CookieRules

  constructor(cookies: CookieRules) {
    this.#cookies = cookies
  }

  /** Adds a `set-cookie` header (RFC 6265). @throws {TypeError} when name or value cannot stand in a cookie */
  setCookie(name: string, value: string, options: CookieOptions = {}): this {
    const defaults = { path: '/', httpOnly: true, sameSite: 'lax' } as const
    this.headers.append('set-cookie', this.#cookies.write(name, value, { ...defaults, ...options }))
    return this
  }

  /** Tells the client to forget a cookie; give `path` and `domain` as they were set. */
  deleteCookie(name: string, options: Pick<CookieOptions, 'path' | 'domain'> = {}): this {
    return this.setCookie(name, '', { ...options, maxAge: 0 })
  }
}
