import { StartupError } from '../errors/StartupError.ts'
import type { TrailingSlash } from '../match/routingRules.ts'
import { fastapi } from './fastapi/fastapi.ts'
import { flask } from './flask/flask.ts'
import type { Profile } from './profile.ts'
import { standard } from './standard.ts'

/** What an app's options say of its profile. */
export interface ProfileOptions {
  readonly compat?: 'fastapi' | 'flask' | Profile
  readonly trailingSlash?: TrailingSlash
}

/** The profile that an app's options choose. @throws {StartupError} `invalid_option` */
export function profileOf({ compat, trailingSlash }: ProfileOptions): Profile {
  const profile = chosen(compat)
  if (trailingSlash === undefined) return profile
  if (!['strict', 'redirect307', 'redirect308', 'ignore'].includes(trailingSlash))
    throw new StartupError(
      'invalid_option',
      `trailingSlash '${trailingSlash}' must be 'strict', 'redirect307', 'redirect308' or 'ignore'`,
    )
  return { ...profile, routing: { ...profile.routing, trailingSlash } }
}

function chosen(compat: ProfileOptions['compat']): Profile {
  if (compat === undefined) return standard
  if (compat === 'fastapi') return fastapi()
  if (compat === 'flask') return flask()
  if (typeof compat === 'object' && 'routing' in compat) return compat
  throw new StartupError(
    'invalid_option',
    `compat '${compat}' must be 'fastapi', 'flask', or a profile of millrace/compat`,
  )
}
