import { HeaderList } from '../serve/headers.ts'
import { lateTrailer, type MakeTrailer, Trailers } from '../serve/trailers.ts'
import type { CookieOptions } from './cookieOptions.ts'
import type { CookieRules } from './cookieRules.ts'

/** What a handler or a dependency adds to the success answer. It does not apply to error answers. */
export class ResponseDraft {
  /** Overrides the operation's status. */
  status: number | undefined = undefined
  readonly headers: HeaderList = new HeaderList()
  readonly #cookies: CookieRules
  #trailers: Trailers | undefined = undefined
  #isTaken = false

  constructor(cookies: CookieRules) {
    this.#cookies = cookies
  }

  /**
   * Adds a trailer to an answer that streams: a field that follows its body, such as a checksum or a count, which is
   * not known before (RFC 9110, section 6.5). It is announced by the header `trailer`, and left out where the answer
   * has a length or the client speaks HTTP/1.0. On its way or at the client it may be dropped.
   *
   * @param make called when the stream has ended; `undefined` leaves it out. What it fails with cuts the connection,
   *   and is logged
   * @throws {TypeError} for a name that no header can have
   * @throws {TrailerError} `forbidden_trailer` for a field that has to stand before the body; `late_trailer` after the
   *   first item of the stream
   *
   * @example
   * async function* ({ response }) {
   *   const hash = createHash('sha256')
   *   response.trailer('x-sha256', () => hash.digest('hex'))
   *   for await (const chunk of chunks) { hash.update(chunk); yield chunk }
   * }
   */
  trailer(name: string, make: MakeTrailer): this {
    if (this.#isTaken) throw lateTrailer(name)
    this.#trailers ??= new Trailers()
    this.#trailers.add(name, make)
    return this
  }

  /** Those that were added: from now on it is too late for others. */
  '~takeTrailers'(): Trailers | undefined {
    this.#isTaken = true
    return this.#trailers
  }

  /** Adds a `set-cookie` header (RFC 6265bis). @throws {TypeError} for a cookie that cannot be, or that browsers drop */
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
