import { parseSetCookie, stringifySetCookie } from 'cookie'

interface Kept {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly expiresMs: number
}

/** Keeps the cookies of one host between requests (RFC 6265, section 5, without domains). */
export class CookieJar {
  readonly #cookies = new Map<string, Kept>()

  /** The value of a cookie that is kept, decoded; of several paths the longest. */
  get(name: string): string | undefined {
    const found = this.#alive().filter((one) => one.name === name)
    const best = found.toSorted((one, other) => other.path.length - one.path.length)[0]
    return best && parseSetCookie(`x=${best.value}`).value
  }

  /** Keeps a cookie as if an answer had set it. */
  set(name: string, value: string, { path = '/' }: { readonly path?: string } = {}): void {
    this.#keep(stringifySetCookie({ name, value, path }), path)
  }

  /** Drops a cookie, of all paths. */
  delete(name: string): void {
    for (const [key, kept] of this.#cookies) if (kept.name === name) this.#cookies.delete(key)
  }

  /** Names of all that are kept. */
  names(): string[] {
    return [...new Set(this.#alive().map(({ name }) => name))]
  }

  /** Takes the cookies that an answer sets, and drops those that it ends. */
  '~take'(response: Response, path: string): void {
    for (const line of response.headers.getSetCookie()) this.#keep(line, path)
  }

  #keep(line: string, requestPath: string): void {
    const { name, value = '', path, maxAge, expires } = parseSetCookie(line, { decode: (text) => text })
    const expiresMs =
      maxAge === undefined ? (expires?.getTime() ?? Number.POSITIVE_INFINITY) : Date.now() + maxAge * 1000
    const kept = { name, value, path: path?.startsWith('/') ? path : defaultPath(requestPath), expiresMs }
    this.#cookies.set(`${kept.path};${name}`, kept)
  }

  #alive(): Kept[] {
    const now = Date.now()
    return [...this.#cookies.values()].filter(({ expiresMs }) => expiresMs > now)
  }

  /** The `cookie` header for a path, after those that the request brings itself; `undefined` for none. */
  '~headerFor'(path: string, own: string | null): string | undefined {
    const names = new Set(own?.split('; ').map((pair) => pair.split('=', 1)[0]))
    const pairs = own ? [own] : []
    for (const { name, value, path: scope } of this.#alive())
      if (covers(scope, path) && !names.has(name)) pairs.push(`${name}=${value}`)
    return pairs.length > 0 ? pairs.join('; ') : undefined
  }
}

/** RFC 6265, section 5.1.4 */
function defaultPath(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

function covers(scope: string, path: string): boolean {
  return path === scope || path.startsWith(scope.endsWith('/') ? scope : `${scope}/`)
}
