import type { RequestContext } from '../input/context.ts'
import type { Dependency } from '../plan/dependency.ts'
import { credentialsOf } from './authorization.ts'
import { challengeOf } from './refusals.ts'
import { malformed, type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/** How a user name and a password are asked for. */
export interface HttpBasicOptions extends SchemeOptions {
  /** What is protected: a browser shows it, and remembers the password for it. Default `api`. */
  readonly realm?: string
}

/** What a browser or a client has sent. */
export interface BasicCredentials {
  readonly username: string
  readonly password: string
}

/**
 * The user name and password of `Authorization: Basic …` (RFC 7617), not verified: compare them with
 * `isSameSecret()`, or the password with its hash. Without them, or where they cannot be read, the answer is
 * 401, code `not_authenticated`.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * const login = httpBasic({ realm: 'Admin' })
 * app.get('/admin', { deps: { login } }, ({ login }) => login.username)
 */
export function httpBasic(options: HttpBasicOptions & Optional): Dependency<BasicCredentials | undefined>
export function httpBasic(options?: HttpBasicOptions): Dependency<BasicCredentials>
export function httpBasic(options: HttpBasicOptions = {}): Dependency<BasicCredentials | undefined> {
  return schemeGuard(
    {
      defaultName: 'basic',
      className: 'HTTPBasic',
      definition: { type: 'http', scheme: 'basic' },
      ...(options.realm === undefined ? { bareChallenge: 'Basic' } : {}),
      challenge: challengeOf('Basic', { realm: options.realm ?? 'api', charset: 'UTF-8' }),
      read: readBasic,
    },
    options,
  )
}

// RFC 4648, section 4; padding may be left out, as many clients do.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/
const utf8 = new TextDecoder('utf-8', { fatal: true })
// RFC 7617, section 2: neither may hold control characters.
const control = /\p{Cc}/u

function readBasic(context: RequestContext): BasicCredentials | undefined | typeof malformed {
  const encoded = credentialsOf(context, 'basic')
  if (encoded === undefined) return undefined
  if (!base64.test(encoded)) return malformed
  let text: string
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'))
  } catch {
    return malformed
  }
  if (context['~host'].credentials.basicCharset === 'ascii' && !/^[\0-\x7f]*$/.test(text)) return malformed
  const colon = text.indexOf(':')
  if (colon < 0 || control.test(text)) return malformed
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
