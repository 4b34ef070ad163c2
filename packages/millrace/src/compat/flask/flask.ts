import { standardBodies } from '../../input/bodyRules.ts'
import { standardRouting } from '../../match/routingRules.ts'
import type { Profile } from '../profile.ts'
import { werkzeugCookies } from '../pythonCookies.ts'
import { standard } from '../standard.ts'
import { flaskChecks } from './checks.ts'
import { toldOf } from './errorPages.ts'
import { flaskReplies } from './replies.ts'

/** How much of Flask's way an app takes. */
export interface FlaskOptions {
  /** Errors are told as JSON to requests that accept it and no HTML. Default false: as pages, as Flask does. */
  readonly jsonErrors?: boolean
}

/**
 * Answers as Flask does: its error pages and statuses, its converters, its redirects, its JSON. `compat: 'flask'` is
 * this without options.
 *
 * @example
 * const app = new App({ compat: flask({ jsonErrors: true }) })
 */
export function flask({ jsonErrors = false }: FlaskOptions = {}): Profile {
  return Object.freeze({
    ...standard,
    name: 'flask',
    routing: {
      ...standardRouting,
      trailingSlash: 'redirect308',
      redirectsTo: 'slashed',
      redirectsMethod: 'answered',
      location: 'absolute',
      optionsStatus: 200,
      notFound: () => toldOf(404),
      notAllowed: () => toldOf(405),
    },
    cookies: werkzeugCookies,
    // What is no form has no fields, nor are files among them.
    bodies: {
      ...standardBodies,
      filesInForms: 'drop',
      otherType: (kind) => (kind === 'form' || kind === 'multipart' ? () => ({}) : undefined),
    },
    checks: flaskChecks,
    replies: flaskReplies({ jsonErrors }),
  } satisfies Profile)
}
