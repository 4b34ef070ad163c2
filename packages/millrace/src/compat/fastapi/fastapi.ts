import { fastApiForm } from '../../describe/fastapi/form.ts'
import { standardRouting } from '../../match/routingRules.ts'
import type { Profile } from '../profile.ts'
import { starletteCookies } from '../pythonCookies.ts'
import { fastapiBodies } from './bodies.ts'
import { fastapiChecks } from './checks.ts'
import { headerName } from './headers.ts'
import { bodyFirst } from './order.ts'
import { fastapiReplies } from './replies.ts'

/** How much of FastAPI's way an app takes. */
export interface FastApiOptions {
  /** `input` of every error is `null`: FastAPI's own sends back what came, secrets too. Default false. */
  readonly redactInput?: boolean
}

/**
 * Answers as FastAPI does: its coercion, its 422, its order of checks, its redirects. `compat: 'fastapi'` is
 * this without options.
 *
 * @example
 * const app = new App({ compat: fastapi({ redactInput: true }) })
 */
export function fastapi({ redactInput = false }: FastApiOptions = {}): Profile {
  return Object.freeze({
    name: 'fastapi',
    routing: {
      ...standardRouting,
      trailingSlash: 'redirect307',
      location: 'absolute',
      answersHead: false,
      answersOptions: false,
      duplicates: 'first',
      preflight: {
        status: 200,
        text: 'OK',
        safelisted: ['Accept', 'Accept-Language', 'Content-Language', 'Content-Type'],
        tellsRefused: true,
      },
      redirectsMounts: true,
      checksSocketOrigins: false,
      noSocketStatus: 403,
      notFound: () => 'Not Found',
      notAllowed: () => 'Method Not Allowed',
      // Of the first route: one for GET and HEAD, such as those of the docs pages, are two operations here.
      allow: ([first, second]) => (first === 'GET' && second === 'HEAD' ? 'GET, HEAD' : (first ?? '')),
    },
    cookies: starletteCookies,
    brokenEscapes: 'replace',
    bodies: fastapiBodies,
    credentials: { repeatedKey: 'last', namesRealm: false, basicCharset: 'ascii' },
    checks: fastapiChecks({ redactInput }),
    order: bodyFirst,
    swallowed: 'fault',
    replies: fastapiReplies,
    document: {
      ...fastApiForm,
      parameterName: (name, location, schema) => (location === 'header' ? headerName(name, schema) : name),
    },
  } satisfies Profile)
}
