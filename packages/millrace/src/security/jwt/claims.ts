/** The claims of a token (RFC 7519, section 4.1), and whatever else it says. */
export interface JwtClaims {
  /** Who issued it. */
  iss?: string
  /** Whom it is about. */
  sub?: string
  /** For whom it is. */
  aud?: string | string[]
  /** Its own identifier. */
  jti?: string
  /** From when it counts, in seconds since 1970. */
  nbf?: number
  /** Until when it counts, in seconds since 1970. */
  exp?: number
  /** When it was issued, in seconds since 1970. */
  iat?: number
  [name: string]: unknown
}
