import { refuseReservedNames } from '../depend/dependency.ts'
import { StartupError } from '../errors/StartupError.ts'
import { type FrontendOptions, frontend } from '../middleware/frontend.ts'
import type { Level } from '../plan/definition.ts'
import type { Callable, Dependencies } from '../plan/dependency.ts'
import { amount } from '../plan/limits.ts'
import type { ErrorClass, ErrorHandler } from '../run/errors.ts'
import type { Middleware } from '../run/middleware.ts'
import type { Entry, Included, MountHandler, MountOptions } from './entry.ts'
import { type Includer, Includers } from './includers.ts'
import type { Register, RegisterRoute } from './operation.ts'
import { Registrar } from './registrar.ts'
import { type IncludeOptions, levelOf, type RoutesOptions, refuseOtherOptions, refusePrefix } from './routesOptions.ts'
import type { RegisterSocket } from './socketOperation.ts'

/** Collects operations, routers, middleware and error handlers. */
export abstract class Routes<Prefix extends string = '', D extends Dependencies = {}> {
  readonly get: Register<'GET', Prefix, D>
  readonly post: Register<'POST', Prefix, D>
  readonly put: Register<'PUT', Prefix, D>
  readonly patch: Register<'PATCH', Prefix, D>
  readonly delete: Register<'DELETE', Prefix, D>
  readonly head: Register<'HEAD', Prefix, D>
  readonly options: Register<'OPTIONS', Prefix, D>
  /** The QUERY method: safe like GET, with a body (draft-ietf-httpbis-safe-method-w-body). */
  readonly query: Register<'QUERY', Prefix, D>
  /**
   * Registers one handler for several methods: an operation for each, with an operationId of its own. They come back
   * in the order of the methods. `method` of the context tells which was asked for.
   *
   * @throws {StartupError} `malformed_spec` for a method that is none, and for an `operationId`, which is for one
   *
   * @example
   * export const [readPage, sendPage] = app.route(['GET', 'POST'], '/page', ({ method }) => method)
   */
  readonly route: RegisterRoute<Prefix, D>
  /**
   * Registers a WebSocket (RFC 6455). What it declares is checked, and its dependencies are made, before the
   * handshake is accepted; a failure is answered as that of any operation. It needs the package `ws`.
   *
   * @example
   * app.ws('/echo', { receive: z.string(), send: z.string() }, async ({ socket }) => {
   *   for await (const message of socket) await socket.send(message)
   * })
   */
  readonly ws: RegisterSocket<Prefix, D>
  readonly '~prefix': Prefix
  readonly '~entries': Entry[] = []
  readonly '~level': Level
  readonly '~includedBy': Includers = new Includers()
  readonly #self: WeakRef<Includer> = new WeakRef(this)

  constructor(options: RoutesOptions<Prefix, D>) {
    const prefix = (options.prefix ?? '') as Prefix
    refusePrefix(prefix)
    refuseReservedNames(options.deps ?? {}, prefix === '' ? 'The app' : `The router '${prefix}'`)
    this['~prefix'] = prefix
    this['~level'] = levelOf(options, prefix === '' ? '' : ` of the router '${prefix}'`)
    const registrar = new Registrar<Prefix, D>(prefix, (entry) => this.#add(entry))
    this.get = registrar.ofMethod('GET')
    this.post = registrar.ofMethod('POST')
    this.put = registrar.ofMethod('PUT')
    this.patch = registrar.ofMethod('PATCH')
    this.delete = registrar.ofMethod('DELETE')
    this.head = registrar.ofMethod('HEAD')
    this.options = registrar.ofMethod('OPTIONS')
    this.query = registrar.ofMethod('QUERY')
    this.route = registrar.ofRoute()
    this.ws = registrar.ofSocket()
  }

  /** Adds middleware; what is added first is outermost. @throws {StartupError} `invalid_option` for what is none */
  use(...middleware: Middleware[]): this {
    for (const one of middleware)
      if (typeof one !== 'function')
        throw new StartupError(
          'invalid_option',
          `use() takes middleware, which are functions, not ${String(one)}: what stands at a path alone is mounted there, with app.mount(), or has a router`,
        )
    this['~level'].use.push(...middleware)
    this['~changed']()
    return this
  }

  /**
   * Answers errors of a class, or of a status. The handler nearest to the operation is asked first: router,
   * its parents, app; within one, a class before its parents. For an {@link HttpError} a handler of its
   * status comes before classes; for other errors one of 500 comes after them, and the error is logged.
   *
   * @example
   * app.onError(OutOfStock, (error) => reply(409, { sku: error.sku }))
   */
  onError(status: number, handler: ErrorHandler): this
  onError<E>(errorClass: ErrorClass<E>, handler: ErrorHandler<E>): this
  onError(target: number | ErrorClass, handler: Callable): this {
    // The newest comes first, so that it replaces an older one for the same target.
    this['~level'].onError.unshift({ target: target as number | Callable, handler })
    this['~changed']()
    return this
  }

  /**
   * Takes in a router with all that it has or will have. Its dependencies run, but only those of the router
   * itself are in its handlers' context; see {@link router} for one that shares those of this.
   *
   * @param options what comes between this and the router: tags, dependencies, middleware, and the rest
   *
   * @example
   * app.include(items, { prefix: '/v1', tags: ['v1'], deps: { user } })
   */
  include(router: Included, options: IncludeOptions = {}): this {
    if (holds(router, this))
      throw new StartupError('malformed_spec', 'A router cannot include itself, nor one that includes it')
    const { prefix = '' } = options
    refusePrefix(prefix)
    refuseOtherOptions(options, 'include()')
    const whole = this['~prefix'] + prefix
    refuseReservedNames(options.deps ?? {}, `What includes the router at '${whole}'`)
    this['~take'](router, whole, levelOf(options, ` of what is included at '${whole}'`))
    return this
  }

  /**
   * Makes a router that is included in this one, with paths and contexts that know of it: the types of its
   * operations have the whole prefix, and its handlers get the dependencies of this as well.
   *
   * @example
   * const admin = app.router({ prefix: '/admin', deps: { user } })
   * export const listUsers = admin.router({ prefix: '/users' }).get('/', ({ user }) => …)
   */
  router<const P extends string = '', RD extends Dependencies = {}>(
    options: RoutesOptions<P, RD> = {},
  ): Routes<`${Prefix}${P}`, D & RD> {
    refusePrefix(options.prefix ?? '')
    refuseOtherOptions(options, 'router()')
    const prefix = `${this['~prefix']}${options.prefix ?? ''}` as `${Prefix}${P}`
    // Its context has the dependencies of all levels when it compiles; only the types are told of them here.
    const router = new InnerRouter({ ...options, prefix }) as unknown as Routes<`${Prefix}${P}`, D & RD>
    this['~take'](router, '', levelOf({}, ''))
    return router
  }

  /** Takes in a router, at a prefix that its own paths do not have yet. */
  protected '~take'(router: Included, prefix: string, level: Level): void {
    this['~listenTo'](router)
    this.#add({ kind: 'routes', prefix, routes: router, level })
  }

  /** Called after each change, so that every app that has compiled with it compiles again. */
  '~changed'(): void {
    this['~includedBy'].tell()
  }

  /** From now on, changes of a router are changes of this. */
  protected '~listenTo'(router: Included): void {
    router['~includedBy'].add(this.#self)
  }

  /**
   * Hands every request below a path to another app: Hono, Elysia, another Millrace app, any function from
   * `Request` to `Response`. It sees the path without the part where it is mounted. Another Millrace app
   * starts and stops with this one, and has its errors, middleware and documentation for itself.
   */
  mount(path: string, handler: MountHandler, options: MountOptions = {}): this {
    if (handler === (this as unknown)) throw new StartupError('malformed_spec', 'An app cannot be mounted in itself')
    const full = this['~prefix'] + (path === '/' ? '' : path)
    refusePrefix(full)
    const { maxBodyBytes, openapi } = options
    if (maxBodyBytes !== undefined) amount(maxBodyBytes, `maxBodyBytes of what is mounted at '${full}'`)
    if (openapi === 'merge' && !(handler instanceof Routes))
      throw new StartupError(
        'malformed_spec',
        `What is mounted at '${full}' is no Millrace app: it has no document to merge`,
      )
    this.#add({ kind: 'mount', path: full, handler, options })
    return this
  }

  /**
   * Serves a front end that has been built: the files of a directory, and a page for paths that only the front end
   * knows. Everything else that is registered comes first. Dependencies and middleware of the app and the router hold
   * for it, guards among them.
   *
   * @throws {StartupError} `invalid_option` when the directory is not there
   *
   * @example
   * app.frontend('/', { directory: './dist', immutable: /^assets\// })
   */
  frontend(path: string, options: FrontendOptions): this {
    const full = this['~prefix'] + (path === '/' ? '' : path)
    refusePrefix(full)
    this.#add({ kind: 'frontend', path: full, frontend: frontend(options) })
    return this
  }

  #add(entry: Entry): void {
    this['~entries'].push(entry)
    this['~changed']()
  }
}

/** One that {@link Routes.router} has made. */
class InnerRouter<Prefix extends string, D extends Dependencies> extends Routes<Prefix, D> {}

/** Whether a router is another, or includes it at any depth. */
function holds(router: unknown, other: unknown): boolean {
  if (router === other) return true
  const { '~entries': entries } = router as Routes
  return entries.some((entry) => entry.kind === 'routes' && holds(entry.routes, other))
}
