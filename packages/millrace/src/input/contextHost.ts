import type { RoutingRules } from '../match/routingRules.ts'
import type { Linked, UrlOptions } from '../plan/urlFor.ts'
import type { ReadForwarded } from '../serve/forwarded.ts'
import type { BaseContext } from './baseContext.ts'
import type { RequestContext } from './context.ts'
import type { CookieRules } from './cookieRules.ts'
import type { CredentialRules } from './credentialRules.ts'
import type { Logger } from './log.ts'
import type { BrokenEscapes } from './query.ts'

/** Facts that a context takes from the app. */
export interface ContextHost {
  readonly routing: RoutingRules
  readonly cookies: CookieRules
  /** In queries. */
  readonly brokenEscapes: BrokenEscapes
  readonly credentials: CredentialRules
  readonly logger: Logger
  /** Of a request that no operation answers. */
  readonly maxBodyBytes: number
  /** Taken from the start of every path; empty for none. */
  readonly basePath: string
  /** Where proxies are trusted. */
  readonly readForwarded: ReadForwarded | undefined
  /** Told of what fails when its answer has begun, or is sent. */
  readonly onFailure: (error: unknown, context: RequestContext) => void
  /** Answers {@link BaseContext.urlFor}. */
  readonly urlOf: (
    operation: Linked<string>,
    params: object | undefined,
    options: UrlOptions | undefined,
    context: RequestContext,
  ) => string
}
