import type { Dependency } from '../plan/dependency.ts'
import { bearerToken } from './authorization.ts'
import { type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/** Scopes that a client may ask for, and what each allows. */
export type OAuth2Scopes = Readonly<Record<string, string>>

/** How a client gets a token (OAuth Flow Object of OpenAPI). Relative URLs start from where the document is. */
export interface OAuth2Flow {
  readonly authorizationUrl?: string
  readonly tokenUrl?: string
  readonly refreshUrl?: string
  readonly scopes?: OAuth2Scopes
}

/** The ways of OAuth 2.0 (RFC 6749, section 4) in which a client may get a token. */
export interface OAuth2Flows {
  readonly implicit?: OAuth2Flow & { readonly authorizationUrl: string }
  readonly password?: OAuth2Flow & { readonly tokenUrl: string }
  readonly clientCredentials?: OAuth2Flow & { readonly tokenUrl: string }
  readonly authorizationCode?: OAuth2Flow & { readonly authorizationUrl: string; readonly tokenUrl: string }
}

/** The flows of {@link oauth2}. */
export interface OAuth2Options extends SchemeOptions {
  readonly flows: OAuth2Flows
}

/** Where a token is given for a user name and a password. */
export interface OAuth2PasswordOptions extends SchemeOptions {
  /** Of the operation that takes the login form, such as `token`. */
  readonly tokenUrl: string
  readonly refreshUrl?: string
  readonly scopes?: OAuth2Scopes
}

/** Where a client is sent to sign in, and where it then gets a token. */
export interface OAuth2AuthorizationCodeOptions extends OAuth2PasswordOptions {
  readonly authorizationUrl: string
}

/**
 * The bearer token of OAuth 2.0, not verified: give it to `jwt()` as its `token`. The document tells by which
 * flows a client gets one. Without a token the answer is 401, code `not_authenticated`.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * const token = oauth2({ flows: { clientCredentials: { tokenUrl: 'https://id.example/token' } } })
 */
export function oauth2(options: OAuth2Options & Optional): Dependency<string | undefined>
export function oauth2(options: OAuth2Options): Dependency<string>
export function oauth2(options: OAuth2Options): Dependency<string | undefined> {
  return bearerOf('OAuth2', options.flows, options)
}

/**
 * {@link oauth2} with the password flow (RFC 6749, section 4.3): a client sends the `passwordForm` to
 * `tokenUrl`. Swagger UI asks for user name and password.
 *
 * @example
 * const token = oauth2Password({ tokenUrl: 'token', scopes: { items: 'Read items.' } })
 */
export function oauth2Password(options: OAuth2PasswordOptions & Optional): Dependency<string | undefined>
export function oauth2Password(options: OAuth2PasswordOptions): Dependency<string>
export function oauth2Password(options: OAuth2PasswordOptions): Dependency<string | undefined> {
  return bearerOf('OAuth2PasswordBearer', { password: tokenFlow(options) }, options)
}

/** {@link oauth2} with the authorization code flow (RFC 6749, section 4.1). */
export function oauth2AuthorizationCode(
  options: OAuth2AuthorizationCodeOptions & Optional,
): Dependency<string | undefined>
export function oauth2AuthorizationCode(options: OAuth2AuthorizationCodeOptions): Dependency<string>
export function oauth2AuthorizationCode(options: OAuth2AuthorizationCodeOptions): Dependency<string | undefined> {
  const { authorizationUrl } = options
  return bearerOf(
    'OAuth2AuthorizationCodeBearer',
    { authorizationCode: { authorizationUrl, ...tokenFlow(options) } },
    options,
  )
}

/** {@link oauth2} with the client credentials flow (RFC 6749, section 4.4): one program asks another. */
export function oauth2ClientCredentials(options: OAuth2PasswordOptions & Optional): Dependency<string | undefined>
export function oauth2ClientCredentials(options: OAuth2PasswordOptions): Dependency<string>
export function oauth2ClientCredentials(options: OAuth2PasswordOptions): Dependency<string | undefined> {
  return bearerOf('OAuth2', { clientCredentials: tokenFlow(options) }, options)
}

function tokenFlow({ tokenUrl, refreshUrl, scopes }: OAuth2PasswordOptions): OAuth2Flow & { tokenUrl: string } {
  return { tokenUrl, ...(refreshUrl === undefined ? {} : { refreshUrl }), ...(scopes ? { scopes } : {}) }
}

function bearerOf(className: string, flows: OAuth2Flows, options: SchemeOptions): Dependency<string> {
  // OpenAPI requires `scopes`, even where there are none.
  const written = Object.fromEntries(Object.entries(flows).map(([name, flow]) => [name, { scopes: {}, ...flow }]))
  return schemeGuard(
    {
      defaultName: 'oauth2',
      className,
      definition: { type: 'oauth2', flows: written },
      challenge: 'Bearer',
      read: bearerToken,
    },
    options,
  )
}
