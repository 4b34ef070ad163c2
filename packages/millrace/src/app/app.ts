import type { AppCommand } from '../command/command.ts'
import { type Paths, urlOf } from '../compile/urls.ts'
import { type Override, toDependency } from '../depend/dependency.ts'
import type { AsyncApiDocument } from '../describe/asyncapi.ts'
import type { OpenApiDocument, OpenApiOptions } from '../describe/openapi.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { ContextHost } from '../input/contextHost.ts'
import type { Dependencies, Dependency } from '../plan/dependency.ts'
import type { Plan } from '../plan/plan.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import type { UrlFor } from '../plan/urlFor.ts'
import type { MountHandler } from '../register/entry.ts'
import type { ExchangeHandler } from '../serve/exchange.ts'
import type { InProcessInit } from '../socket/openInProcess.ts'
import { answerByState } from './answerByState.ts'
import { AppDeclarations } from './appDeclarations.ts'
import { type AppOptions, proxyOf } from './appOptions.ts'
import type { Grace } from './closers.ts'
import { type RunCommandOptions, runCommandOf } from './commands.ts'
import { Compilation } from './compilation.ts'
import { documentAt } from './documents.ts'
import { handleBy } from './handle.ts'
import { type Connections, Lifecycle, type State } from './lifecycle.ts'
import { defaultGraceMs, graceOf, type ListenOptions, listen, type Server } from './listen.ts'
import { Portless } from './portless.ts'

/**
 * An API: operations, routers, dependencies, and what is around them.
 *
 * @example
 * export const app = new App({ title: 'Reviews', version: '1.0.0' })
 * export const hello = app.get('/', () => 'hello')
 * await app.listen({ port: 8000 })
 */
export class App<D extends Dependencies = {}> extends AppDeclarations<D> {
  /** What a transport calls for each request. */
  readonly handle: ExchangeHandler
  readonly #host: ContextHost
  readonly #lifecycle: Lifecycle
  readonly #compilation: Compilation
  readonly #portless: Portless

  constructor(options: AppOptions<D> = {}) {
    super(options)
    const [logger, events] = [this['~logger'], this['~events']]
    this.#lifecycle = new Lifecycle(logger, events)
    this.#compilation = new Compilation({
      options,
      entries: this['~entries'],
      level: this['~level'],
      declared: this['~declared'],
      lifecycle: this.#lifecycle,
    })
    const { profile, limits } = this.#compilation
    this.#host = {
      logger,
      routing: profile.routing,
      cookies: profile.cookies,
      brokenEscapes: profile.brokenEscapes,
      credentials: profile.credentials,
      maxBodyBytes: limits.maxBodyBytes,
      ...proxyOf(options),
      onFailure: (error, context) => events.emit('error', { error, context }),
      urlOf: (operation, params, urlOptions, context) => urlOf(this['~paths'], operation, params, urlOptions, context),
    }
    const { replies } = profile
    const answer = answerByState(this.#compilation, this.#lifecycle, replies.errorAnswer)
    this.handle = handleBy(this.#lifecycle.inFlight, this.#host, { events, replies }, answer)
    this.#portless = new Portless(this.handle)
  }

  override '~changed'(): void {
    this.#compilation.forget()
    super['~changed']()
  }

  /**
   * Runs a command, as the command line does. An app that has not been started is started for it alone: of the
   * app-scoped dependencies those are opened that it needs, and requests are not answered.
   *
   * @param argv what stands after its name: `['items.csv', '--dry-run']`
   * @returns what its function returns
   * @throws {CommandError} for wrong arguments, and what the command throws
   */
  async runCommand(command: AppCommand, argv: readonly string[], options: RunCommandOptions = {}): Promise<unknown> {
    return await runCommandOf(command, argv, options, {
      declared: this['~declared'],
      defaults: this.#compilation.defaults,
      lifecycle: this.#lifecycle,
      host: this.#host,
    })
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
    this['~declared'].overrides.set(dependency, toDependency(dependency, replacement as Override<V>))
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
    const copies = new Map<MountHandler, MountHandler>()
    // When the copy compiles, because routers may yet get more.
    const mountedAs = (handler: MountHandler) => {
      const mounted = this['~declared'].mountedAs(handler)
      if (!(mounted instanceof App)) return mounted
      const copy = copies.get(mounted) ?? mounted.with(overrides ? { overrides } : {})
      copies.set(mounted, copy)
      return copy
    }
    const copy = new App<D>(this['~options'])
    copy['~takeAll'](this)
    copy['~declared'].mountedAs = mountedAs
    for (const [dependency, replacement] of (overrides ?? []) as OverridePairs<unknown[]>)
      copy['~declared'].overrides.set(dependency, toDependency(dependency, replacement))
    return copy
  }

  /** Where the app stands in its life. */
  get state(): State {
    return this.#lifecycle.state
  }

  /** The plans of all operations. @throws {StartupError} for what cannot be served */
  get plans(): readonly Plan[] {
    return this.#compilation.compiled().plans
  }

  /** The plans of all WebSockets. @throws {StartupError} for what cannot be served */
  get socketPlans(): readonly SocketPlan[] {
    return this.#compilation.compiled().socketPlans
  }

  /** The OpenAPI document. @throws {StartupError} for what cannot be served */
  openapi(options: Pick<OpenApiOptions, 'openapiVersion'> = {}): OpenApiDocument {
    return documentAt(this.#compilation.openapi(options), this['~options'], this['~options'].basePath ?? '')
  }

  /** The AsyncAPI document (3.0) of the app's WebSockets. @throws {StartupError} for what cannot be served */
  asyncapi(): AsyncApiDocument {
    return this.#compilation.asyncapi()
  }

  /**
   * The URL of an operation, outside of a request; a handler's context has one of its own. Without
   * `absolute: 'https://…'` it is the path, as this app answers it.
   *
   * @throws {TypeError} for an operation that is not part of the app, and for a parameter that is missing or
   *   would change the path
   *
   * @example
   * app.urlFor(readItem, { id: 3 }, { query: { full: true } }) // '/v1/items/3?full=true'
   */
  readonly urlFor: UrlFor = (operation, ...[params, options]) => urlOf(this['~paths'], operation, params, options)

  get '~paths'(): Paths {
    return this.#compilation.paths
  }

  /** Values of app-scoped dependencies while the app runs. */
  get '~appValues'(): ReadonlyMap<Dependency, unknown> {
    return this.#lifecycle.appValues
  }

  get '~hasSockets'(): boolean {
    const { socketPlans, mountedApps } = this.#compilation.compiled()
    return socketPlans.length > 0 || mountedApps.some((app) => app['~hasSockets'])
  }

  '~documentedAt'(path: string): readonly Plan[] {
    return this.#compilation.compiled().documentedAt(path)
  }

  /** Compiles, runs lifespans, opens app-scoped dependencies. `listen` and `fetch` do it by themselves. */
  start(): Promise<void> {
    return this.#lifecycle.start(() => {
      const { appDependencies, mountedApps } = this.#compilation.compiled()
      const { lifespans, overrides } = this['~declared']
      return { lifespans, appDependencies, mountedApps, overrides }
    })
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

  async #stop(grace: Grace, connections?: Connections): Promise<void> {
    await this.#lifecycle.stop(grace, {
      settle: async () => connections?.settle(),
      cut: () => {
        connections?.cut()
        this.#portless.destroy()
      },
    })
  }

  '~takeBack'(): Promise<void> {
    return this.#lifecycle.takeBack()
  }

  /** Ends the streams of {@link fetch} that nobody reads, and which would hold up {@link stop}: for test clients. */
  '~dropUnread'(): void {
    this.#portless.dropUnread()
  }

  /** Resolves when no request is being answered, and the work after all answers is done. For tests. */
  idle(): Promise<void> {
    return this.#lifecycle.inFlight.idle()
  }

  /** Answers a web `Request`: the same app without a socket. Starts the app if it has not been started. */
  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.#lifecycle.state === 'idle' || this.#lifecycle.state === 'starting') await this.start()
    return this.#portless.answer(request)
  }

  /** Opens a WebSocket without a port, as browsers have one: for test clients. It speaks over a connection that does not leave the process. */
  '~openWebSocket'(url: string, init: InProcessInit): Promise<object> {
    return this.#portless.openWebSocket(url, init)
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
    // What is not installed is to be known before the first client comes.
    if (this['~hasSockets']) (await import('../socket/package.ts')).loadWs()
    return await listen(
      {
        handle: this.handle,
        log: this['~logger'],
        start: () => this.start(),
        stop: (grace, connections) => this.#stop(grace, connections),
      },
      { ...options, limits: { ...this['~options'].limits, ...options.limits } },
    )
  }
}

/** Dependencies and what stands in for each, its value of the same type. */
type OverridePairs<V extends readonly unknown[]> = {
  readonly [K in keyof V]: readonly [dependency: Dependency<V[K]>, replacement: Override<NoInfer<V[K]>>]
}
