import type { InnerContext } from '../depend/context.ts'
import type { HttpError } from '../errors/HttpError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { BaseContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import { Dependency } from '../plan/dependency.ts'
import { notAuthenticated } from './refusals.ts'

/** What every security scheme can be told. */
export interface SchemeOptions {
  /** Under which the scheme stands in the document. Default: the kind of scheme, such as `bearer`. */
  readonly schemeName?: string
  /** In the document; Markdown. */
  readonly description?: string
  /** Gives `undefined` where there are no credentials, in place of answering 401. Default false. */
  readonly optional?: boolean
  /** The value of `WWW-Authenticate` on a 401, in place of the scheme's own. */
  readonly challenge?: string
  /** Makes the error to answer with from the one that would be. */
  readonly error?: (refusal: HttpError, context: BaseContext) => Error
}

/** {@link SchemeOptions} of one that goes on without credentials. */
export interface Optional {
  readonly optional: true
}

/** What the credentials of a request are when there are some that cannot be read. */
export const malformed: unique symbol = Symbol('malformed')

/** One kind of security scheme. */
export interface SchemeKind<V> {
  readonly defaultName: string
  readonly className: string
  /** The Security Scheme Object, without its description. */
  readonly definition: Readonly<Record<string, unknown>>
  readonly challenge: string
  /** The challenge where a profile has no realm named that the app does not name. */
  readonly bareChallenge?: string
  /** The credentials; `undefined` where there are none. */
  readonly read: (context: RequestContext) => V | undefined | typeof malformed
}

// RFC 9110, section 5.5.
const valuePattern = /^[\t\x20-\x7e\x80-\xff]+$/
// The keys of `components` in OpenAPI.
const namePattern = /^[A-Za-z0-9._-]+$/

/**
 * Makes the dependency of a security scheme: it guards, and stands in the document.
 *
 * @throws {StartupError} `invalid_option` for a name that cannot stand in a document, or a challenge that cannot be sent
 */
export function schemeGuard<V>(kind: SchemeKind<V>, options: SchemeOptions): Dependency<V> {
  const { schemeName, description, optional = false, challenge = kind.challenge, error } = options
  if (schemeName !== undefined && !namePattern.test(schemeName))
    throw new StartupError('invalid_option', `schemeName '${schemeName}' has to be of letters, digits, '.', '_', '-'`)
  if (!valuePattern.test(challenge))
    throw new StartupError('invalid_option', `The challenge ${JSON.stringify(challenge)} cannot be sent in a header`)
  const make = (context: InnerContext): V | undefined => {
    const credentials = kind.read(context['~outer'])
    if (credentials !== undefined && credentials !== malformed) return credentials
    if (credentials === undefined && optional) return undefined
    const { namesRealm } = context['~outer']['~host'].credentials
    const isBare = !namesRealm && kind.bareChallenge !== undefined && options.challenge === undefined
    const refusal = notAuthenticated(isBare ? kind.bareChallenge : challenge)
    throw error ? error(refusal, context) : refusal
  }
  const definition = description === undefined ? kind.definition : { ...kind.definition, description }
  return new Dependency<V>({
    make,
    scope: 'request',
    guard: true,
    inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
    deps: {},
    label: schemeName ?? kind.defaultName,
    security: {
      kind: 'scheme',
      scheme: Object.freeze({ name: schemeName, defaultName: kind.defaultName, className: kind.className, definition }),
      isOptional: optional,
    },
  })
}
