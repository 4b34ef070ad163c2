import { StartupError } from '../errors/StartupError.ts'
import { Dependency } from '../plan/dependency.ts'
import { noScopes, referTo } from '../plan/security.ts'
import { insufficientScope } from './refusals.ts'

// RFC 6749, section 3.3: a token lists them with spaces between, and a challenge within quotes.
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * A dependency that is asked for scopes: whatever it needs sees them in {@link requiredScopes}, and the
 * document lists them at its security scheme. Where app, router and operation each name one dependency, and on
 * the way through dependencies, scopes add up; those of who asks first come first.
 *
 * @throws {StartupError} `invalid_option` for what cannot be a scope
 *
 * @example
 * app.get('/me/items', { deps: { user: security(currentUser, { scopes: ['items'] }) } }, ({ user }) => user.items)
 */
export function security<V>(
  dependency: Dependency<V>,
  { scopes }: { readonly scopes: readonly string[] },
): Dependency<V> {
  const wrong = scopes.find((scope) => !scopePattern.test(scope))
  if (wrong !== undefined)
    throw new StartupError(
      'invalid_option',
      `'${wrong}' cannot be a scope: leave out spaces, quotes and what is no ASCII`,
    )
  return referTo(dependency, scopes)
}

/**
 * The scopes that {@link security} asks for where a dependency stands, for one that verifies credentials by
 * itself. It is made once for each set of scopes.
 *
 * @example
 * const currentUser = dependency({ deps: { token, scopes: requiredScopes } }, ({ token, scopes }) => {
 *   const user = verify(token)
 *   requireScopes(user.scopes, scopes)
 *   return user
 * })
 */
export const requiredScopes: Dependency<readonly string[]> = new Dependency({
  make: () => noScopes,
  scope: 'request',
  guard: true,
  inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
  deps: {},
  label: 'requiredScopes',
  security: { kind: 'scopes' },
})

/**
 * Refuses a caller that has not been granted all that is required.
 *
 * @param scheme of authentication, for `WWW-Authenticate`; default `Bearer`
 * @throws {HttpError} 403, code `insufficient_scope`, with what is required in `WWW-Authenticate` (RFC 6750, section 3.1)
 */
export function requireScopes(granted: readonly string[], required: readonly string[], scheme = 'Bearer'): void {
  if (!required.every((scope) => granted.includes(scope))) throw insufficientScope(required, scheme)
}
