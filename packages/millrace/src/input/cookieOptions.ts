/** How a cookie is set (RFC 6265, section 4.1); `path` is `/`, `httpOnly` true and `sameSite` `lax` unless told otherwise. */
export interface CookieOptions {
  /** In seconds; 0 or less makes the client forget it. Default: until the browser is closed. Counts more than {@link expires}. */
  readonly maxAge?: number
  /** When the client forgets it. */
  readonly expires?: Date
  /** Whose subdomains get it as well. Default: only the host that has set it. */
  readonly domain?: string
  /** Requests at it and below get the cookie. Default `/`. */
  readonly path?: string
  /** Whether scripts of the page cannot read it. Default true. */
  readonly httpOnly?: boolean
  /**
   * Whether it goes over HTTPS alone. Default: where browsers take it only so, which is where its name begins with
   * `__Secure-` or `__Host-`, `sameSite` is `none`, or it is {@link partitioned}.
   */
  readonly secure?: boolean
  /** Whether each site in which the page is embedded has one of its own (CHIPS). Default false. */
  readonly partitioned?: boolean
  /** What browsers drop first when there are too many. Default `medium`. */
  readonly priority?: 'low' | 'medium' | 'high'
  /** Whether requests that other sites cause get it; `true` is `strict`. Default `lax`. */
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none'
  /** Makes of the value what may stand in a cookie. Default `encodeURIComponent`. */
  readonly encode?: (value: string) => string
}
