import { parseSetCookie } from 'cookie'

interface Kept {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly expiresMs: number
}

/** Keeps the cookies of one host between requests (RFC 6265, section 5, without domains). */
export class CookieJar {
  readonly #cookies = new Map<string, Kept>()

  /** Takes the cookies that an answer sets, and drops those that it ends. */
  take(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', path, maxAge, expires } = parseSetCookie(line, { decode: (text) => text })
      const expiresMs =
        maxAge === undefined ? (expires?.getTime() ?? Number.POSITIVE_INFINITY) : Date.now() + maxAge * 1000
      const kept = { name, value, path: path?.startsWith('/') ? path : '/', expiresMs }
      this.#cookies.set(`${kept.path};${name}`, kept)
    }
  }

  /** The `cookie` header for a path, after those that the request brings itself; `undefined` for none. */
  headerFor(path: string, own: string | null): string | undefined {
    const names = new Set(own?.split('; ').map((pair) => pair.split('=', 1)[0]))
    const now = Date.now()
    const pairs = own ? [own] : []
    for (const { name, value, path: scope, expiresMs } of this.#cookies.values())
      if (expiresMs > now && covers(scope, path) && !names.has(name)) pairs.push(`${name}=${value}`)
    return pairs.length > 0 ? pairs.join('; ') : undefined
  }
}

function covers(scope: string, path: string): boolean {
  return path === scope || path.startsWith(scope.endsWith('/') ? scope : `${scope}/`)
}
