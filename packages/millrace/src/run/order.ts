import { compileCheckers } from '../check/checker.ts'
import type { CheckRules } from '../check/checkRules.ts'
import { type AppValues, compileResolvers } from '../depend/resolver.ts'
import type { BodyReader } from '../input/body.ts'
import type { RequestContext } from '../input/context.ts'
import type { Plan } from '../plan/plan.ts'

/** Gets what the step before gave: the handler's result goes to the encoder, the answer to the end. A `Failure` ends it. */
export type Step = (context: RequestContext, value: unknown) => unknown

/** What an order has to put into one. */
export interface OrderParts {
  readonly checks: CheckRules
  readonly appValues: AppValues
  readonly readBody: BodyReader | undefined
}

/** In which order all is done that a handler needs: the part of running in a profile. */
export type Order = (plan: Plan, parts: OrderParts) => readonly (Step | undefined)[]

/**
 * Millrace's own: who asks is found out first. Guards come before the body, so that a refusal does not wait for an upload; then every input
 * is checked, and dependencies that do not need one another are made at the same time.
 */
export const guardsFirst: Order = (plan, { checks, appValues, readBody }) => {
  const checkers = compileCheckers(plan, checks)
  const resolvers = compileResolvers(plan, appValues)
  return [resolvers.security, checkers.guards, resolvers.guards, readBody, checkers.rest, resolvers.rest]
}
