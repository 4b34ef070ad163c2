import type { Profile } from '../compat/profile.ts'
import { type AppValues, bindNames } from '../depend/resolver.ts'
import { compileBody } from '../input/body.ts'
import { anyMethod, type Matcher } from '../match/matcher.ts'
import type { Level, PlanDefaults } from '../plan/makePlan.ts'
import { parsePath } from '../plan/path.ts'
import type { ErrorHandlers, Plan } from '../plan/plan.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { compileEncode, compileEncodeError, type EncodeOptions } from '../reply/encoder.ts'
import { answerOf } from '../reply/responseAnswer.ts'
import { compileCore } from '../run/core.ts'
import { compileErrors, type ErrorAnswerer } from '../run/errors.ts'
import { type Core, compose, type Middleware } from '../run/middleware.ts'
import { timeout } from '../run/timeout.ts'
import { Answer } from '../serve/answer.ts'
import { compileSocket } from '../socket/compileSocket.ts'
import type { Place, Route } from './dispatch.ts'
import { callerOf, type Mount, patternsBelow } from './mount.ts'

/** What an app decides for all its routes. */
export interface RouteOptions extends EncodeOptions {
  readonly profile: Profile
  readonly defaults: PlanDefaults
  readonly appValues: AppValues
}

/** Compiles the way of an operation. */
export function compileRoute(plan: Plan, options: RouteOptions): Route {
  const { profile } = options
  // Plans hold functions untyped, because the types of these are of later stages.
  const { around, fromError } = compilePlace(plan.use as readonly Middleware[], plan.onError, options)
  const core = compileCore({
    preparation: profile.order(plan, {
      checks: profile.checks,
      appValues: options.appValues,
      readBody: plan.body && compileBody(plan.body, plan, profile.bodies),
    }),
    bindNames: bindNames(plan),
    handler: plan.handler,
    encode: compileEncode(plan, options),
    fromError,
    swallowed: profile.swallowed,
  })
  const timed =
    plan.timeoutMs === undefined
      ? core
      : compose([timeout(plan.timeoutMs)], core, { fromResponse: answerOf, fromError })
  return { path: plan.path, core: around(timed), around, fromError, maxBodyBytes: plan.maxBodyBytes }
}

/** What is around all that stands within some levels, outermost first. */
export function placeOf(levels: readonly Level[], options: RouteOptions): Place {
  const layers = levels.flatMap((level) => level.use) as Middleware[]
  return compilePlace(layers, levels.map((level) => level.onError).reverse(), options)
}

function compilePlace(layers: readonly Middleware[], handlers: readonly ErrorHandlers[], options: RouteOptions): Place {
  const fromError = errorsOf(handlers, options)
  const conversions = { fromResponse: answerOf, fromError }
  return { fromError, around: (core) => compose(layers, core, conversions) }
}

/** Compiles the way of the handshake of a WebSocket. */
export function compileSocketRoute(plan: SocketPlan, options: RouteOptions): Route {
  const { around, fromError } = compilePlace(plan.use as readonly Middleware[], plan.onError, options)
  const { checks: rules, order } = options.profile
  const checks = rules.handshakeError ? { ...rules, error: rules.handshakeError } : rules
  const preparation = order(plan, { checks, appValues: options.appValues, readBody: undefined })
  const core = compileSocket(plan, preparation, fromError)
  const layers = plan.timeoutMs === undefined ? [] : [timeout(plan.timeoutMs)]
  const timed = compose(layers, core, { fromResponse: answerOf, fromError })
  return { path: plan.path, core: around(timed), around, fromError, maxBodyBytes: plan.maxBodyBytes }
}

function errorsOf(levels: readonly ErrorHandlers[], options: RouteOptions): ErrorAnswerer {
  return compileErrors(levels, {
    fromValue: compileEncodeError(options),
    fromProblem: (error, context) => options.replies.errorAnswer(error, options.isDebug, context),
  })
}

/** Adds what is mounted for every method, at its path and at all below. */
export function addMount(matcher: Matcher<Route>, mount: Mount, options: RouteOptions): void {
  const { path, levels } = mount
  const place = placeOf(levels, options)
  const call = callerOf(mount)
  const core: Core = async (context) => {
    try {
      const answer = await call(context)
      return answer instanceof Answer ? answer : answerOf(answer, context)
    } catch (error) {
      return place.fromError(error, context)
    }
  }
  const maxBodyBytes = mount.options.maxBodyBytes ?? options.defaults.maxBodyBytes
  const route: Route = { path: `${path}/*`, core: place.around(core), ...place, maxBodyBytes }
  for (const pattern of patternsBelow(path)) matcher.add(anyMethod, parsePath(pattern), route)
}
