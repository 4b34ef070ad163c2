import type { DocumentForm } from '../describe/form.ts'
import { securitySchemesOf } from '../describe/security.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { RequestContext } from '../input/context.ts'
import { anyMethod, Matcher } from '../match/matcher.ts'
import type { Definition, Level } from '../plan/definition.ts'
import type { Dependency } from '../plan/dependency.ts'
import { makeOutgoingPlan, makePlan } from '../plan/makePlan.ts'
import type { Webhook } from '../plan/outgoing.ts'
import { joinPath, parsePath, readPath } from '../plan/path.ts'
import type { Plan } from '../plan/plan.ts'
import { makeSocketPlan, type SocketOptions, type SocketPlan } from '../plan/socketPlan.ts'
import type { Entry, MountHandler } from '../register/entry.ts'
import type { Core } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import { collect, type PlacedFrontend } from './collect.ts'
import { addMount, compileRoute, compileSocketRoute, Places, placeOf, type RouteOptions } from './compileRoute.ts'
import { compileDispatch, type Place, type Route } from './dispatch.ts'
import { isApp, type MountedApp, pathBelow, patternsBelow } from './mount.ts'

/** What an app decides for all that it serves. */
export interface CompileOptions extends RouteOptions {
  /** Of WebSockets that decide otherwise in nothing. */
  readonly socketDefaults: SocketOptions
  readonly level: Level
  readonly entries: readonly Entry[]
  readonly webhooks: readonly Webhook[]
  readonly form: DocumentForm
  /** What stands in for something that is mounted. */
  readonly mountedAs: (handler: MountHandler) => MountHandler
  /** Operations that the app adds by itself, such as its docs pages. */
  readonly extra: readonly Definition[]
  /** Paths that are answered without any middleware, unless an operation has them: health checks. */
  readonly direct: Readonly<Record<string, Core>>
}

/** An app ready to serve. */
export interface Compiled {
  readonly plans: readonly Plan[]
  /** For the document: others answer them. */
  readonly webhooks: readonly Plan[]
  /** Those that the document shows, merged ones of mounted apps too. */
  readonly documented: readonly Plan[]
  /** The same as they are where the app is mounted. */
  readonly documentedAt: (path: string) => readonly Plan[]
  readonly socketPlans: readonly SocketPlan[]
  readonly appDependencies: ReadonlySet<Dependency>
  /** Other Millrace apps, which start and stop with this one. */
  readonly mountedApps: readonly MountedApp[]
  readonly answer: Core
  /** Answers health checks, in every state of the app. */
  readonly answerDirect: (context: RequestContext) => MaybePromise<Answer> | undefined
}

/** Compiles all that has been registered. @throws {StartupError} for what cannot be served */
export function compileApp(options: CompileOptions): Compiled {
  const { definitions, sockets, mounts, frontends, sections } = collect(
    options.entries,
    options.level,
    options.mountedAs,
  )
  const taken = new Set(definitions.map(({ method, path }) => `${method} ${path}`))
  const isTaken = (method: string, path: string) => taken.has(`${method} ${path}`)
  const extra = options.extra.filter(({ method, path }) => !isTaken(method, path))
  const plans = [...definitions, ...extra].map((definition) => makePlan(definition, options.defaults))
  const operationPlaces = new Places(options)
  const routeOf = (plan: Plan) => compileRoute(plan, operationPlaces.of(plan), options)
  const matcher = new Matcher<Route>()
  const { duplicates } = options.profile.routing
  for (const plan of plans) matcher.add(plan.method, plan.segments, routeOf(plan), duplicates)
  const socketPlans = sockets.map((one) => makeSocketPlan(one, options.defaults, options.socketDefaults))
  const socketMatcher = new Matcher<Route>()
  for (const plan of socketPlans)
    socketMatcher.add(plan.method, plan.segments, compileSocketRoute(plan, operationPlaces.of(plan), options))
  const webhooks = options.webhooks.map(({ name, spec }) =>
    makeOutgoingPlan({ name, operationId: spec.operationId ?? name, path: name, spec }, options.defaults),
  )
  const mergedAt = (base: string) =>
    mounts.flatMap(({ path, handler, options: { openapi } }) =>
      openapi === 'merge' && isApp(handler) ? handler['~documentedAt'](base + path) : [],
    )
  const documented = [...plans, ...mergedAt('')]
  if (duplicates === 'refuse')
    refuseDuplicateIds([...documented, ...documented.flatMap(callbacksOf), ...webhooks, ...socketPlans])
  // Now rather than when the document is asked for: it throws where two schemes have one name.
  securitySchemesOf(
    [...documented, ...socketPlans].filter((plan) => !plan.docs.hidden),
    options.form,
  )
  const mounted = new Matcher<Route>()
  for (const mount of mounts) addMount(mounted, mount, options)
  const frontendPlans = frontends.flatMap(definitionsOf).map((definition) => makePlan(definition, options.defaults))
  const frontendMatcher = new Matcher<Route>()
  for (const plan of frontendPlans) frontendMatcher.add(plan.method, plan.segments, routeOf(plan))
  const places = new Matcher<Place>()
  for (const { prefix, levels } of sections)
    for (const pattern of patternsBelow(prefix)) places.add(anyMethod, parsePath(pattern), placeOf(levels, options))
  refuseDuplicateLabels([...plans, ...socketPlans])
  const appDependencies = appDependenciesOf([...plans, ...socketPlans, ...frontendPlans])
  const direct = new Map(Object.entries(options.direct).filter(([path]) => !isTaken('GET', path)))
  const answerDirect = (context: RequestContext) =>
    context.method === 'GET' || context.method === 'HEAD' ? direct.get(context.path)?.(context) : undefined
  const answerRoute = compileDispatch({
    matcher,
    mounted,
    frontends: frontendMatcher,
    places,
    direct,
    sockets: socketPlans.length > 0 ? socketMatcher : undefined,
    everywhere: placeOf([options.level], options),
    routing: options.profile.routing,
  })
  return {
    plans,
    socketPlans,
    webhooks,
    documented,
    documentedAt: (base) => [
      ...definitions.map((one) => makePlan({ ...one, ...readPath(joinPath(base, one.path)) }, options.defaults)),
      ...mergedAt(base),
    ],
    appDependencies,
    mountedApps: [...new Set(mounts.map(({ handler }) => handler).filter(isApp))],
    answer: (context) => answerDirect(context) ?? answerRoute(context),
    answerDirect,
  }
}

/** What has to be open before any of them is run. */
export function appDependenciesOf(plans: readonly Pick<Plan, 'dependencies'>[]): ReadonlySet<Dependency> {
  const all = plans.flatMap((plan) => plan.dependencies.map((node) => node.dependency))
  return new Set(all.filter((dependency) => dependency.scope === 'app'))
}

function callbacksOf({ docs }: Plan): Plan[] {
  return docs.hidden ? [] : docs.callbacks.map(({ plan }) => plan)
}

/** One for each pattern: a front end is an operation, so that all holds for it that holds for operations. */
function definitionsOf({ path, frontend, inherited }: PlacedFrontend): Definition[] {
  const handler = (context: RequestContext) => frontend['~answer'](context, pathBelow(context))
  return patternsBelow(path).map((pattern) => ({
    method: 'GET',
    ...readPath(pattern),
    handler,
    inherited,
    spec: { hidden: true },
  }))
}

function refuseDuplicateLabels(plans: readonly Pick<Plan, 'dependencies' | 'method' | 'path'>[]): void {
  const seen = new Map<string, { readonly dependency: Dependency; readonly neededBy: string }>()
  for (const { method, path, dependencies } of plans)
    for (const { dependency } of dependencies) {
      if (!dependency.isUnique) continue
      const { label } = dependency
      const neededBy = `${method} ${path}`
      const other = seen.get(label)
      if (other && other.dependency !== dependency)
        throw new StartupError(
          'duplicate_label',
          `There are two of '${label}', one needed by ${other.neededBy} and one by ${neededBy}: give one of them another name`,
        )
      seen.set(label, { dependency, neededBy })
    }
}

function refuseDuplicateIds(plans: readonly Plan[]): void {
  const seen = new Map<string, Plan>()
  for (const plan of plans) {
    const { operationId, hidden } = plan.docs
    if (hidden) continue
    const other = seen.get(operationId)
    if (other)
      throw new StartupError(
        'duplicate_operation_id',
        `${plan.method} ${plan.path} and ${other.method} ${other.path} have one operationId, '${operationId}': set another on one of them`,
      )
    seen.set(operationId, plan)
  }
}
