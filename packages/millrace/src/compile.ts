import { compileCheckers } from './check/checker.ts'
import type { AppValues } from './depend/resolver.ts'
import { bindNames, compileResolvers } from './depend/resolver.ts'
import { securitySchemesOf } from './describe/security.ts'
import { codedError } from './errors/codedError.ts'
import { StartupError } from './errors/StartupError.ts'
import { compileBody } from './input/body.ts'
import type { RequestContext } from './input/context.ts'
import { type Match, Matcher } from './match/matcher.ts'
import type { Dependency } from './plan/dependency.ts'
import { type Definition, type Level, makeOutgoingPlan, makePlan, type PlanDefaults } from './plan/makePlan.ts'
import type { Webhook } from './plan/outgoing.ts'
import { joinPath, parsePath } from './plan/path.ts'
import type { ErrorHandlers, Plan } from './plan/plan.ts'
import { compileEncode, compileEncodeError, type EncodeOptions } from './reply/encoder.ts'
import { problemAnswer } from './reply/problem.ts'
import { answerOf } from './reply/streamAnswer.ts'
import { type Entry, type FetchHandler, isApp, type MountedApp } from './routes.ts'
import { compileCore } from './run/core.ts'
import { compileErrors, type ErrorAnswerer } from './run/errors.ts'
import { type Conversions, type Core, compose, type Middleware } from './run/middleware.ts'
import { timeout } from './run/timeout.ts'
import { Answer } from './serve/answer.ts'
import type { MaybePromise } from './serve/maybePromise.ts'

/** What an app decides for all its operations. */
export interface CompileOptions extends EncodeOptions {
  readonly defaults: PlanDefaults
  readonly appValues: AppValues
  readonly level: Level
  readonly entries: readonly Entry[]
  readonly webhooks: readonly Webhook[]
  /** What stands in for something that is mounted. */
  readonly mountedAs: (handler: FetchHandler) => FetchHandler
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
  readonly appDependencies: ReadonlySet<Dependency>
  /** Other Millrace apps, which start and stop with this one. */
  readonly mountedApps: readonly MountedApp[]
  readonly answer: Core
  /** Answers health checks, in every state of the app. */
  readonly answerDirect: (context: RequestContext) => MaybePromise<Answer> | undefined
}

/** One route: its way, and its middleware for the answers that are given without the operation. */
interface Route {
  readonly path: string
  readonly core: Core
  readonly around: (core: Core) => Core
  readonly maxBodyBytes: number
}

/** Compiles all that has been registered. @throws {StartupError} for what cannot be served */
export function compileApp(options: CompileOptions): Compiled {
  const { definitions, mounts } = collect(options)
  const isTaken = (method: string, path: string) =>
    definitions.some((definition) => definition.method === method && definition.path === path)
  const extra = options.extra.filter(({ method, path }) => !isTaken(method, path))
  const plans = [...definitions, ...extra].map((definition) => makePlan(definition, options.defaults))
  const matcher = new Matcher<Route>()
  for (const plan of plans) matcher.add(plan.method, plan.segments, compileRoute(plan, options))
  const webhooks = options.webhooks.map(({ name, spec }) =>
    makeOutgoingPlan({ name, operationId: spec.operationId ?? name, path: name, spec }, options.defaults),
  )
  refuseDuplicateIds([...plans, ...plans.flatMap(callbacksOf), ...webhooks])
  // Now rather than when the document is asked for: it throws where two schemes have one name.
  securitySchemesOf(plans.filter((plan) => !plan.docs.hidden))
  const mounted = new Matcher<Route>()
  for (const mount of mounts) addMount(mounted, mount, options)
  const appDependencies = new Set(
    plans
      .flatMap((plan) => plan.dependencies.map((node) => node.dependency))
      .filter((dependency) => dependency.scope === 'app'),
  )
  const direct = new Map(Object.entries(options.direct).filter(([path]) => !isTaken('GET', path)))
  const answerDirect = (context: RequestContext) =>
    context.method === 'GET' || context.method === 'HEAD' ? direct.get(context.path)?.(context) : undefined
  const answerRoute = compileAnswer(matcher, mounted, direct, options)
  return {
    plans,
    webhooks,
    appDependencies,
    mountedApps: [...new Set(mounts.map(({ handler }) => handler).filter(isApp))],
    answer: (context) => answerDirect(context) ?? answerRoute(context),
    answerDirect,
  }
}

interface Mount {
  readonly path: string
  readonly handler: FetchHandler
  readonly maxBodyBytes: number | undefined
  readonly levels: readonly Level[]
}

function collect({ entries, level, mountedAs }: CompileOptions): { definitions: Definition[]; mounts: Mount[] } {
  const definitions: Definition[] = []
  const mounts: Mount[] = []
  const walk = (list: readonly Entry[], prefix: string, levels: readonly Level[]) => {
    for (const entry of list) {
      if (entry.kind === 'mount')
        mounts.push({ ...entry, path: prefix + entry.path, handler: mountedAs(entry.handler), levels })
      else if (entry.kind === 'operation') {
        const { method, path, spec, handler } = entry.operation
        definitions.push({ method, path: joinPath(prefix, path), spec, handler, levels })
      } else walk(entry.routes['~entries'], prefix + entry.prefix, [...levels, entry.routes['~level']])
    }
  }
  walk(entries, '', [level])
  return { definitions, mounts }
}

function callbacksOf({ docs }: Plan): Plan[] {
  return docs.hidden ? [] : docs.callbacks.map(({ plan }) => plan)
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

function compileRoute(plan: Plan, options: CompileOptions): Route {
  const fromError = errorsOf(plan.onError, options)
  // Plans hold functions untyped, because the types of these are of later stages.
  const layers = plan.use as readonly Middleware[]
  const around = (core: Core) => compose(layers, core, { fromResponse: answerOf, fromError })
  const core = compileCore({
    checkers: compileCheckers(plan),
    resolvers: compileResolvers(plan, options.appValues),
    readBody: plan.body && compileBody(plan.body, plan.maxBodyBytes, plan.maxBodyValues),
    bindNames: bindNames(plan),
    handler: plan.handler,
    encode: compileEncode(plan, options),
    fromError,
  })
  const timed =
    plan.timeoutMs === undefined
      ? core
      : compose([timeout(plan.timeoutMs)], core, { fromResponse: answerOf, fromError })
  return { path: plan.path, core: around(timed), around, maxBodyBytes: plan.maxBodyBytes }
}

function errorsOf(levels: readonly ErrorHandlers[], options: CompileOptions): ErrorAnswerer {
  return compileErrors(levels, {
    fromValue: compileEncodeError(options),
    fromProblem: (error) => problemAnswer(error, options.isDebug),
  })
}

const anyMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

function addMount(matcher: Matcher<Route>, { path, handler, levels, ...mount }: Mount, options: CompileOptions): void {
  const depth = path === '' ? 0 : parsePath(path).length
  const call = typeof handler === 'function' ? handler : handler.fetch.bind(handler)
  const fromError = errorsOf(levels.map((level) => level.onError).reverse(), options)
  const conversions: Conversions = { fromResponse: answerOf, fromError }
  const core: Core = async (context) => {
    try {
      return answerOf(await call(relativeRequest(context, depth)), context)
    } catch (error) {
      return fromError(error, context)
    }
  }
  const around = (inner: Core) => compose(levels.flatMap((level) => level.use) as Middleware[], inner, conversions)
  const maxBodyBytes = mount.maxBodyBytes ?? options.defaults.maxBodyBytes
  const route: Route = { path: `${path}/*`, core: around(core), around, maxBodyBytes }
  for (const method of anyMethods) {
    if (path !== '') matcher.add(method, parsePath(path), route)
    if (path === '') matcher.add(method, parsePath('/'), route)
    else matcher.add(method, parsePath(`${path}/`), route)
    matcher.add(method, parsePath(`${path}/*mountedPath`), route)
  }
}

/**
 * The request without the first segments of its path. They are cut from the raw path: in a parsed URL, `..`
 * segments have already taken some away.
 */
function relativeRequest(context: RequestContext, depth: number): Request {
  const { path, request } = context
  let start = 0
  for (let left = depth; left > 0 && start >= 0; left--) start = path.indexOf('/', start + 1)
  const rest = start < 0 ? '/' : path.slice(start)
  const { method, headers, signal, body } = request
  return new Request(new URL(request.url).origin + rest + context['~search'], {
    method,
    headers,
    signal,
    body,
    ...(body ? { duplex: 'half' } : {}),
  } as RequestInit)
}

/** The way from a context to its answer: find the route, and answer what has none. */
function compileAnswer(
  matcher: Matcher<Route>,
  mounted: Matcher<Route>,
  direct: ReadonlyMap<string, Core>,
  options: CompileOptions,
): Core {
  const fromError = errorsOf([options.level.onError], options)
  const aroundNothing = (core: Core) =>
    compose(options.level.use as Middleware[], core, { fromResponse: answerOf, fromError })
  const answerNotFound = aroundNothing((context) =>
    fromError(codedError('not_found', `Nothing stands at ${context.path}`), context),
  )

  const run = ({ value, params }: Match<Route>, context: RequestContext) => {
    context.route = value.path
    context['~rawParams'] = params
    context['~maxBodyBytes'] = value.maxBodyBytes
    return value.core(context)
  }
  const answerOther = (context: RequestContext) => {
    const { path, method } = context
    const mount = mounted.find(method, path)
    if (mount) return run(mount, context)
    const methods = [...matcher.methodsOf(path), ...(direct.has(path) ? ['GET'] : [])]
    if (methods.length === 0) return answerNotFound(context)
    // Whatever stands at this path lends its middleware, so that CORS headers are there.
    const neighbour = matcher.find(methods[0] as string, path)?.value
    const around = neighbour?.around ?? aroundNothing
    context.route = neighbour?.path
    const allow = allowOf(methods)
    if (method === 'OPTIONS') return around(() => new Answer(204, ['allow', allow], null))(context)
    const error = codedError('method_not_allowed', `${path} does not answer ${method}, only ${allow}`, {
      headers: { allow },
    })
    return around((inner) => fromError(error, inner))(context)
  }
  return (context) => {
    const { path, method } = context
    const found = matcher.find(method, path) ?? (method === 'HEAD' ? matcher.find('GET', path) : undefined)
    return found ? run(found, context) : answerOther(context)
  }
}

function allowOf(methods: readonly string[]): string {
  const all = new Set([...methods, 'OPTIONS'])
  if (all.has('GET')) all.add('HEAD')
  return [...all].sort().join(', ')
}
