import type { Profile } from '../compat/profile.ts'
import { type AppValues, bindNames } from '../depend/resolver.ts'
import { compileBody } from '../input/body.ts'
import { anyMethod, type Matcher } from '../match/matcher.ts'
import type { Level, PlanDefaults } from '../plan/definition.ts'
import { parsePath } from '../plan/path.ts'
import type { ErrorHandlers, Plan } from '../plan/plan.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { compileEncode, compileEncodeError } from '../reply/encoder.ts'
import { answerOf } from '../reply/responseAnswer.ts'
import type { EncodeOptions } from '../reply/write.ts'
import { compileCore } from '../run/core.ts'
import { compileErrors, type ErrorAnswerer } from '../run/errors.ts'
import { type Core, compose, type Middleware } from '../run/middleware.ts'
import { timeout } from '../run/timeout.ts'
import { Answer } from '../serve/answer.ts'
import type { Place, Route } from './dispatch.ts'
import { callerOf, type Mount, patternsBelow } from './mount.ts'

/** What an app decides for all its routes. */
export interface RouteOptions extends EncodeOptions {
  readonly profile: Profile
  readonly defaults: PlanDefaults
  readonly appValues: AppValues
}

/** The places of operations; those that add no middleware of their own have the one of their router. */
export class Places {
  readonly #options: RouteOptions
  /** By their middleware: what is inherited with it is the same for all that inherit it. */
  readonly #known = new Map<Plan['use'], Place>()

  constructor(options: RouteOptions) {
    this.#options = options
  }

  of({ use, onError }: Plan): Place {
    let place = this.#known.get(use)
    // Plans hold functions untyped, because the types of these are of later stages.
    if (!place) this.#known.set(use, (place = compilePlace(use as readonly Middleware[], onError, this.#options)))
    return place
  }
}

/** Compiles the way of an operation: its place at once, what it does itself when it is asked first. */
export function compileRoute(plan: Plan, place: Place, options: RouteOptions): Route {
  return routeOf(plan, place, () => compileOperation(plan, place.fromError, options))
}

function compileOperation(plan: Plan, fromError: ErrorAnswerer, options: RouteOptions): Core {
  const { profile } = options
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
  return plan.timeoutMs === undefined
    ? core
    : compose([timeout(plan.timeoutMs)], core, { fromResponse: answerOf, fromError })
}

/**
 * A route that compiles when its first request comes. All that can be wrong with an operation its plan has found before;
 * what compiles is most of the time that an app with many operations would need to start (bench/README.md), and most of
 * the memory that it would hold for those that nobody calls.
 */
function routeOf(
  { path, maxBodyBytes }: Pick<Plan, 'path' | 'maxBodyBytes'>,
  place: Place,
  compile: () => Core,
): Route {
  const { around, fromError } = place
  const compileFirst: Core = (context) => {
    try {
      route.core = around(compile())
    } catch (error) {
      // A schema library that fails to say what it wants does so at every request.
      return around((inner) => fromError(error, inner))(context)
    }
    return route.core(context)
  }
  const route = { path, core: compileFirst, around, fromError, maxBodyBytes }
  return route
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
export function compileSocketRoute(plan: SocketPlan, place: Place, options: RouteOptions): Route {
  return routeOf(plan, place, () => compileHandshake(plan, place.fromError, options))
}

function compileHandshake(plan: SocketPlan, fromError: ErrorAnswerer, options: RouteOptions): Core {
  const { checks: rules, order } = options.profile
  const checks = rules.handshakeError ? { ...rules, error: rules.handshakeError } : rules
  const preparation = order(plan, { checks, appValues: options.appValues, readBody: undefined })
  // Apps without WebSockets start without what speaks to them.
  const loading = import('../socket/compileSocket.ts').then(({ compileSocket }) =>
    compileSocket(plan, { preparation, answerError: fromError, replies: options.replies }),
  )
  let core: Core | undefined
  const coreFirst: Core = async (context) => {
    try {
      core = await loading
    } catch (error) {
      return fromError(error, context)
    }
    return core(context)
  }
  const layers = plan.timeoutMs === undefined ? [] : [timeout(plan.timeoutMs)]
  return compose(layers, (context) => (core ?? coreFirst)(context), { fromResponse: answerOf, fromError })
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
