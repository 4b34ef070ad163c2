import { StartupError } from '../errors/StartupError.ts'
import type { BaseContext, MiddlewareContext } from '../input/baseContext.ts'
import { RequestContext } from '../input/context.ts'
import { type Callable, type Dependencies, Dependency, type DependencyValues, type Scope } from '../plan/dependency.ts'
import type { Output, SchemaLike } from '../plan/schema.ts'

/** Names that a handler's context already has; a dependency cannot take one. */
export type ReservedName = keyof MiddlewareContext | 'params' | 'query' | 'headers' | 'cookies' | 'body' | 'socket'

/** Makes a reserved name a compile error. */
export type NoReservedNames = { readonly [K in ReservedName]?: never }

const reserved: Readonly<Record<ReservedName, true>> = {
  params: true,
  query: true,
  headers: true,
  cookies: true,
  body: true,
  socket: true,
  signal: true,
  request: true,
  response: true,
  trailers: true,
  after: true,
  log: true,
  id: true,
  urlFor: true,
  method: true,
  path: true,
  route: true,
  scheme: true,
  clientAddress: true,
  host: true,
  basePath: true,
  header: true,
}

/** What every object has is reserved, too: a dependency named `__proto__` would change what the context is. */
function isReserved(name: string): boolean {
  return Object.hasOwn(reserved, name) || name in RequestContext.prototype || name.startsWith('~')
}

/** @throws {StartupError} `reserved_name` */
export function refuseReservedNames(deps: Dependencies, owner: string): void {
  for (const name of Object.keys(deps))
    if (isReserved(name))
      throw new StartupError(
        'reserved_name',
        `${owner} has a dependency named '${name}', which its context already has: choose another name`,
      )
}

/** What a dependency declares besides its function. */
export interface DependencySpec<P, Q, H, C, D> {
  readonly params?: P
  readonly query?: Q
  readonly headers?: H
  readonly cookies?: C
  readonly deps?: D & NoReservedNames
  /** `request` (default): closed after the answer. `handler`: closed before it. `app`: opened once, closed at shutdown. */
  readonly scope?: Scope
  /**
   * Runs before the body is read, so that a refusal does not wait for an upload. Default: whether it needs a guard of
   * `millrace/security`, and has no inputs of its own that would have to be checked.
   */
  readonly guard?: boolean
  /** For messages; by default the function's name. */
  readonly label?: string
}

type MaybeSchema = SchemaLike | undefined
type OutputOf<S extends MaybeSchema> = S extends SchemaLike ? Output<S> : undefined

/** What a dependency's function gets. */
export type DependencyContext<
  P extends MaybeSchema = undefined,
  Q extends MaybeSchema = undefined,
  H extends MaybeSchema = undefined,
  C extends MaybeSchema = undefined,
  D extends Dependencies = {},
> = BaseContext & {
  readonly params: OutputOf<P>
  readonly query: OutputOf<Q>
  readonly headers: OutputOf<H>
  readonly cookies: OutputOf<C>
} & DependencyValues<D>

type Made<V> = V | Promise<V> | AsyncGenerator<V, void, unknown> | Generator<V, void, unknown>

/** What a function makes: what a generator yields, what a promise resolves to, or the value itself. */
export type MadeBy<R> =
  R extends AsyncGenerator<infer V, unknown, unknown>
    ? V
    : R extends Generator<infer V, unknown, unknown>
      ? V
      : Awaited<R>

/**
 * Something that handlers need, made when a request needs it. A generator yields the value and cleans up
 * after its `yield`.
 *
 * Within one request it is made once, however many ask for it. What it declares as inputs is checked and
 * documented like an operation's own. Dependencies that do not need one another are made at the same time.
 *
 * @throws {StartupError} `reserved_name`, `malformed_spec`
 *
 * @example
 * const db = dependency(async function* () {
 *   const client = await pool.connect()
 *   try { yield client } finally { client.release() }
 * })
 */
export function dependency<R>(make: (context: DependencyContext) => R): Dependency<MadeBy<R>>
export function dependency<
  R,
  P extends MaybeSchema = undefined,
  Q extends MaybeSchema = undefined,
  H extends MaybeSchema = undefined,
  C extends MaybeSchema = undefined,
  D extends Dependencies = {},
>(spec: DependencySpec<P, Q, H, C, D>, make: (context: DependencyContext<P, Q, H, C, D>) => R): Dependency<MadeBy<R>>
export function dependency(
  first: Callable | DependencySpec<MaybeSchema, MaybeSchema, MaybeSchema, MaybeSchema, Dependencies>,
  second?: Callable,
): Dependency {
  const spec = typeof first === 'function' ? {} : first
  const make = typeof first === 'function' ? first : second
  if (typeof make !== 'function')
    throw new StartupError('malformed_spec', 'dependency() needs a function that makes the value')
  const label = spec.label ?? (make.name || 'dependency')
  refuseReservedNames(spec.deps ?? {}, `The dependency '${label}'`)
  if (spec.scope === 'app' && (spec.params || spec.query || spec.headers || spec.cookies))
    throw new StartupError('malformed_spec', `'${label}' (scope app) is made before any request: it cannot have inputs`)
  return new Dependency({
    make,
    scope: spec.scope ?? 'request',
    guard: spec.guard ?? isGuardByItself(spec),
    inputs: { params: spec.params, query: spec.query, headers: spec.headers, cookies: spec.cookies },
    deps: spec.deps ?? {},
    label,
  })
}

/** Who finds out what a credential is worth is as much a guard as who reads it. */
function isGuardByItself({
  params,
  query,
  headers,
  cookies,
  deps = {},
}: DependencySpec<MaybeSchema, MaybeSchema, MaybeSchema, MaybeSchema, Dependencies>): boolean {
  const hasInputs = [params, query, headers, cookies].some((schema) => schema !== undefined)
  return !hasInputs && Object.values(deps).some(({ guard, isSecurity }) => guard && isSecurity)
}

/** What may stand in for a dependency: another one, or a function that makes the value. */
export type Override<V> = Dependency<V> | ((context: DependencyContext) => Made<V>)

/**
 * The dependency that an override stands for; a bare function takes over the scope of the original, and is
 * called for the app as well where the original has something of its own for it.
 */
export function toDependency<V>(original: Dependency<V>, override: Override<V>): Dependency<V> {
  if (override instanceof Dependency) return override
  const { scope, guard, label, security } = original
  const made = dependency({ scope, guard, label }, override) as Dependency<V>
  // What is documented does not change with what stands in for it.
  if (security?.kind === 'scheme') return new Dependency<V>({ ...made, security })
  if (!original.forApp) return made
  return new Dependency<V>({ ...made, forApp: dependency({ scope: 'app', label }, override) as Dependency<V> })
}
