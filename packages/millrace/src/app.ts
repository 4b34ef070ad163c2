import { type Compiled, compileApp } from './compile.ts'
import { type Override, toDependency } from './depend/dependency.ts'
import { describeOpenApi, type OpenApiDocument, type OpenApiOptions } from './describe/openapi.ts'
import { type DocsOptions, docsPages } from './describe/pages.ts'
import { codedError } from './errors/codedError.ts'
import { StartupError } from './errors/StartupError.ts'
import { healthChecks } from './health.ts'
import { type ContextHost, RequestContext } from './input/context.ts'
import { jsonLogger, type Logger, silentLogger } from './input/log.ts'
import { type Grace, Lifecycle, type Lifespan, type State } from './lifecycle.ts'
import { defaultGraceMs, graceOf, type ListenOptions, listen, type Server } from './listen.ts'
import type { Dependencies, Dependency } from './plan/dependency.ts'
import { amount, milliseconds } from './plan/limits.ts'
import type { PlanDefaults } from './plan/makePlan.ts'
import type { Plan } from './plan/plan.ts'
import type { EncodeOptions } from './reply/encoder.ts'
import { problemAnswer } from './reply/problem.ts'
import { type FetchHandler, Routes, type RoutesOptions } from './routes.ts'
import { finish, hasLeftovers } from './run/finish.ts'
import type { Core } from './run/middleware.ts'
import type { Answer } from './serve/answer.ts'
import type { Exchange } from './serve/exchange.ts'
import { FetchTransport } from './serve/fetch.ts'
import { isPromise } from './serve/maybePromise.ts'

/** How an app is set up. Every option has a default. */
export interface AppOptions<D extends Dependencies> extends Omit<RoutesOptions<'', D>, 'prefix'>, OpenApiOptions {
  /** Where the docs pages stand, or `false` for none. */
  readonly docs?: DocsOptions | false
  /** Default: JSON lines on standard error. `false` for none. */
  readonly logger?: Logger | false
  /** Error answers tell message and stack. Default: only under `millrace dev`. */
  readonly debug?: boolean
  /** Default 1 MiB; more is answered with 413. */
  readonly maxBodyBytes?: number
  /**
   * Values of a JSON body (numbers, strings, objects, …) or fields of a form. Default 100,000; more is answered
   * with 413. An object in a list counts as the keys that its schema requires. `Infinity` for no limit.
   */
  readonly maxBodyValues?: number
  /** For an answer to begin; later is answered with 504. Default: none. */
  readonly timeoutMs?: number
  /** Between the heartbeats of an event stream in which nothing happens. Default 15,000. */
  readonly heartbeatMs?: number
  /** Answers `/livez` and `/readyz` where no operation of the app does. Default true. */
  readonly health?: boolean
}

/**
 * An API: operations, routers, dependencies, and what is around them.
 *
 * @example
 * export const app = new App({ title: 'Reviews', version: '1.0.0' })
 * export const hello = app.get('/', () => 'hello')
 * await app.listen({ port: 8000 })
 */
export class App<D extends Dependencies = {}> extends Routes<'', D> {
  readonly '~options': AppOptions<D>
  readonly #lifecycle: Lifecycle
  readonly #lifespans: Lifespan[]
  readonly #overrides: Map<Dependency, Dependency>
  readonly #logger: Logger
  readonly #host: ContextHost
  readonly #limits: Limits
  readonly #fetches = new FetchTransport((exchange) => this.handle(exchange))
  /** What stands in for something that is mounted. */
  readonly #mountedAs: (handler: FetchHandler) => FetchHandler
  #compiled: Compiled | undefined

  constructor(options: AppOptions<D> = {}, origin?: Origin) {
    super(options)
    this['~options'] = options
    this.#logger = options.logger === false ? silentLogger : (options.logger ?? jsonLogger)
    this.#limits = limitsOf(options)
    this.#host = { logger: this.#logger, maxBodyBytes: this.#limits.maxBodyBytes }
    this.#lifecycle = new Lifecycle(this.#logger)
    this.#lifespans = [...(origin?.lifespans ?? [])]
    this.#overrides = origin?.overrides ?? new Map()
    if (origin) {
      this['~entries'].push(...origin.routes['~entries'])
      for (const entry of this['~entries']) if (entry.kind === 'routes') this['~listenTo'](entry.routes)
      this['~level'].use.splice(0, Number.POSITIVE_INFINITY, ...origin.routes['~level'].use)
      Object.assign(this['~level'], { onError: [...origin.routes['~level'].onError] })
    }
    this.#mountedAs = origin?.mountedAs ?? ((handler) => handler)
  }

  override '~changed'(): void {
    this.#compiled = undefined
    super['~changed']()
  }

  /** Runs a generator around the app's life: its first part at start-up, what follows its `yield` at shutdown. */
  lifespan(lifespan: Lifespan): this {
    this.#lifespans.push(lifespan)
    return this
  }

  /**
   * Puts another dependency, or a function that makes the value, in place of one. For tests; see also {@link with}.
   *
   * @throws {StartupError} `app_started` for an app-scoped one when the app has been started
   */
  override<V>(dependency: Dependency<V>, replacement: Override<NoInfer<V>>): this {
    if (dependency.scope === 'app' && this.state !== 'idle')
      throw new StartupError(
        'app_started',
        `'${dependency.label}' (scope app) is open: override it before the app starts`,
      )
    this.#overrides.set(dependency, toDependency(dependency, replacement as Override<V>))
    this['~changed']()
    return this
  }

  /**
   * A copy of the app with dependencies replaced; the app itself stays as it is, so that tests can run side
   * by side. The copy has a life of its own, and copies of the Millrace apps that are mounted in it.
   *
   * @example
   * const test = app.with({ overrides: [[db, () => fakeDb]] })
   */
  with<const V extends readonly unknown[]>({ overrides }: { readonly overrides?: OverridePairs<V> } = {}): App<D> {
    const all = new Map(this.#overrides)
    for (const [dependency, replacement] of (overrides ?? []) as OverridePairs<unknown[]>)
      all.set(dependency, toDependency(dependency, replacement))
    const copies = new Map<FetchHandler, FetchHandler>()
    // When the copy compiles, because routers may yet get more.
    const mountedAs = (handler: FetchHandler) => {
      const mounted = this.#mountedAs(handler)
      if (!(mounted instanceof App)) return mounted
      const copy = copies.get(mounted) ?? mounted.with(overrides ? { overrides } : {})
      copies.set(mounted, copy)
      return copy
    }
    return new App<D>(this['~options'], {
      routes: this as Routes<string, Dependencies>,
      mountedAs,
      lifespans: this.#lifespans,
      overrides: all,
    })
  }

  /** Where the app stands in its life. */
  get state(): State {
    return this.#lifecycle.state
  }

  /** The plans of all operations. @throws {StartupError} for what cannot be served */
  get plans(): readonly Plan[] {
    return this.#compile().plans
  }

  /** The OpenAPI document. @throws {StartupError} for what cannot be served */
  openapi(options: Pick<OpenApiOptions, 'openapiVersion'> = {}): OpenApiDocument {
    return describeOpenApi(this.plans, { ...this['~options'], ...options })
  }

  /** Compiles, runs lifespans, opens app-scoped dependencies. `listen` and `fetch` do it by themselves. */
  start(): Promise<void> {
    return this.#lifecycle.start(() => ({
      lifespans: this.#lifespans,
      appDependencies: this.#compile().appDependencies,
      mountedApps: this.#compile().mountedApps,
      overrides: this.#overrides,
    }))
  }

  /**
   * Lets requests end, then closes what the app has opened.
   *
   * @param options `graceMs`: for requests to end by themselves; default 10,000
   * @throws {Error} when something that was to open or close has not come to an end some seconds after that
   */
  async stop({ graceMs = defaultGraceMs }: { readonly graceMs?: number } = {}): Promise<void> {
    await this.#stop(graceOf(graceMs))
  }

  #stop(grace: Grace, cut?: () => void): Promise<void> {
    return this.#lifecycle.stop(grace, () => {
      cut?.()
      this.#fetches.destroy()
    })
  }

  /** Answers a web `Request`: the same app without a socket. Starts the app if it has not been started. */
  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.#lifecycle.state === 'idle' || this.#lifecycle.state === 'starting') await this.start()
    return this.#fetches.answer(request)
  }

  /** {@link fetch} for a path, for tests: `await app.request('/items/3')`. */
  request(path: string, init?: RequestInit): Promise<Response> {
    return this.fetch(new Request(new URL(path, 'http://localhost'), init))
  }

  /**
   * Listens, and starts the app. `/livez` answers at once; all else answers 503 until the app is ready,
   * which is when the promise resolves.
   *
   * @throws what start-up throws, and errors of the system such as `EADDRINUSE`
   */
  async listen(options: ListenOptions = {}): Promise<Server> {
    this.#compile()
    return await listen(
      {
        handle: this.handle,
        start: () => this.start(),
        stop: (grace, cut) => this.#stop(grace, cut),
      },
      options,
    )
  }

  /** What a transport calls for each request. */
  readonly handle = (exchange: Exchange): void => {
    const context = new RequestContext(exchange, this.#host)
    const answer = this.#answer(context)
    if (!isPromise(answer)) return this.#send(context, answer)
    this.#lifecycle.enter(context)
    void answer.then((ready) => this.#send(context, ready))
  }

  readonly #answer: Core = (context) => {
    const { state } = this.#lifecycle
    if (state === 'ready' || state === 'stopping') {
      if (this.#compiled) return this.#compiled.answer(context)
      try {
        return this.#compile().answer(context)
      } catch (error) {
        context.log.error('The app does not compile', { error })
        return problemAnswer(error, this.#isDebug)
      }
    }
    const health = this.#compiled?.answerDirect(context)
    if (health) return health
    const code = state === 'stopped' ? 'stopping' : 'starting'
    return problemAnswer(codedError(code, `The server is ${code}`, { headers: { 'retry-after': '1' } }), false)
  }

  #send(context: RequestContext, answer: Answer): void {
    const sent = this.#trySend(context, answer)
    if (!isPromise(sent) && !hasLeftovers(context)) {
      context['~isOver'] = true
      return this.#lifecycle.leave(context)
    }
    this.#lifecycle.enter(context)
    void Promise.resolve(sent)
      .then(() => finish(context))
      .finally(() => this.#lifecycle.leave(context))
  }

  #trySend(context: RequestContext, answer: Answer): void | Promise<void> {
    try {
      return context['~exchange'].send(answer)
    } catch (error) {
      context.log.error('An answer could not be sent', { error })
      return context['~exchange'].send(problemAnswer(error, false))
    }
  }

  get #isDebug(): boolean {
    return this['~options'].debug ?? process.env['MILLRACE_ENV'] === 'development'
  }

  #compile(): Compiled {
    if (this.#compiled) return this.#compiled
    const options = this['~options']
    const level = this['~level']
    const pages = options.docs === false ? [] : docsPages(options.docs ?? {}, options, () => this.openapi())
    const compiled = compileApp({
      defaults: { ...this.#limits, overrides: this.#overrides },
      appValues: this.#lifecycle.appValues,
      level,
      entries: this['~entries'],
      mountedAs: this.#mountedAs,
      extra: pages.map(({ path, handler }) => ({
        method: 'GET',
        path,
        handler,
        spec: { hidden: true },
        levels: [{ ...level, deps: {}, responses: {}, tags: [] }],
      })),
      direct: options.health === false ? {} : healthChecks(this.#lifecycle),
      heartbeatMs: this.#limits.heartbeatMs,
      isDebug: this.#isDebug,
    })
    this.#refuseUnopened(compiled)
    this.#compiled = compiled
    return compiled
  }

  /** An operation that was added while the app runs may need what only a start opens. */
  #refuseUnopened({ appDependencies }: Compiled): void {
    if (this.#lifecycle.state !== 'ready') return
    for (const dependency of appDependencies)
      if (!this.#lifecycle.appValues.has(dependency))
        throw new StartupError(
          'app_started',
          `'${dependency.label}' (scope app) is not open: add what needs it before the app starts`,
        )
  }
}

/** Dependencies and what stands in for each, its value of the same type. */
type OverridePairs<V extends readonly unknown[]> = {
  readonly [K in keyof V]: readonly [dependency: Dependency<V[K]>, replacement: Override<NoInfer<V[K]>>]
}

/** What a copy takes over. */
interface Origin {
  readonly routes: Routes<string, Dependencies>
  readonly mountedAs: (handler: FetchHandler) => FetchHandler
  readonly lifespans: readonly Lifespan[]
  readonly overrides: Map<Dependency, Dependency>
}

type Limits = Omit<PlanDefaults, 'overrides'> & Pick<EncodeOptions, 'heartbeatMs'>

/** @throws {StartupError} `invalid_option` */
function limitsOf(options: AppOptions<Dependencies>): Limits {
  const { maxBodyBytes = 1024 * 1024, maxBodyValues = 100_000, timeoutMs, heartbeatMs = 15_000 } = options
  return {
    maxBodyBytes: amount(maxBodyBytes, 'maxBodyBytes'),
    maxBodyValues: amount(maxBodyValues, 'maxBodyValues'),
    timeoutMs: timeoutMs === undefined ? undefined : milliseconds(timeoutMs, 'timeoutMs'),
    heartbeatMs: milliseconds(heartbeatMs, 'heartbeatMs'),
  }
}
