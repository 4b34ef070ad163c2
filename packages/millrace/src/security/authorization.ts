import type { RequestContext } from '../input/context.ts'
import type { malformed } from './schemeGuard.ts'

/**
 * The credentials of one scheme from `Authorization` (RFC 9110, section 11.6.2): what follows the name of the
 * scheme, which is compared without regard to case. Those of another scheme are none.
 */
export function credentialsOf(context: RequestContext, scheme: string): string | undefined {
  const header = context.header('authorization')
  if (header === undefined) return undefined
  const end = header.indexOf(' ')
  if (end < 0 || header.slice(0, end).toLowerCase() !== scheme) return undefined
  const credentials = header.slice(end + 1).trim()
  return credentials === '' ? undefined : credentials
}

/** A bearer token (RFC 6750, section 2.1). */
export function bearerToken(context: RequestContext): string | undefined | typeof malformed {
  return credentialsOf(context, 'bearer')
}
