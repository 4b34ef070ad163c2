import { codedError } from '../errors/codedError.ts'
import type { HttpError } from '../errors/HttpError.ts'

/** 401, code `not_authenticated`. @param challenge of `WWW-Authenticate` (RFC 9110, section 11.6.1) */
export function notAuthenticated(challenge: string): HttpError {
  return codedError('not_authenticated', 'Not authenticated', { headers: { 'www-authenticate': challenge } })
}

/** 401, code `invalid_token` (RFC 6750, section 3.1). */
export function invalidToken(detail: string, cause?: unknown): HttpError {
  return codedError('invalid_token', detail, {
    headers: { 'www-authenticate': challengeOf('Bearer', { error: 'invalid_token', error_description: detail }) },
    cause,
  })
}

/** 403, code `insufficient_scope` (RFC 6750, section 3.1). @param scheme of authentication */
export function insufficientScope(scopes: readonly string[], scheme: string): HttpError {
  const parameters = { error: 'insufficient_scope', scope: scopes.join(' ') }
  return codedError('insufficient_scope', `This needs the scope ${scopes.map((one) => `'${one}'`).join(' and ')}`, {
    headers: { 'www-authenticate': challengeOf(scheme, parameters) },
  })
}

/** A challenge: an authentication scheme and its parameters, as quoted strings (RFC 9110, section 11.3). */
export function challengeOf(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}
