import type { CheckRules } from '../check/checkRules.ts'
import type { Swallowed } from '../depend/generator.ts'
import type { DocumentForm } from '../describe/form.ts'
import type { BodyRules } from '../input/bodyRules.ts'
import type { CookieRules } from '../input/cookieRules.ts'
import type { CredentialRules } from '../input/credentialRules.ts'
import type { BrokenEscapes } from '../input/query.ts'
import type { RoutingRules } from '../match/routingRules.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import type { Order } from '../run/order.ts'

/**
 * How an app answers: each stage is given its own part when the app compiles, and knows nothing of the others.
 * Chosen by the option `compat`; without it, each part is the stage's own.
 */
export interface Profile {
  readonly name: 'standard' | 'fastapi' | 'flask'
  readonly routing: RoutingRules
  readonly cookies: CookieRules
  /** In queries. */
  readonly brokenEscapes: BrokenEscapes
  readonly bodies: BodyRules
  readonly credentials: CredentialRules
  readonly checks: CheckRules
  readonly order: Order
  readonly swallowed: Swallowed
  readonly replies: ReplyRules
  readonly document: DocumentForm
}
