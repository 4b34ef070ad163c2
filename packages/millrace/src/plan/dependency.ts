import type { MaybeSchema } from './schema.ts'
import type { SecurityRole } from './security.ts'

/** When a dependency is cleaned up: after the response, before it is sent, or at shutdown. */
export type Scope = 'request' | 'handler' | 'app'

/** A function that the framework calls; the stage that calls it knows its parameters. */
// biome-ignore lint/suspicious/noExplicitAny: parameters differ with each operation; the public signatures type them
export type Callable = (...args: any[]) => unknown

/** The inputs that an operation or a dependency declares. */
export interface InputSchemas {
  readonly params: MaybeSchema
  readonly query: MaybeSchema
  readonly headers: MaybeSchema
  readonly cookies: MaybeSchema
}

/** Dependencies by the names under which their values appear in the context. */
export type Dependencies = { readonly [name: string]: Dependency }

/** The values of dependencies, by the same names. */
export type DependencyValues<D extends Dependencies> = { readonly [K in keyof D]: D[K]['~value'] }

/** What the document says of a model that an operation needs. */
export interface ModelDocs {
  readonly name: string
  /** Such as `workers`, where it is known. */
  readonly runtime: string | undefined
  readonly batch: {
    readonly maxSize: number
    readonly maxDelayMs: number
    readonly maxCost: number | undefined
    readonly padded: boolean
  }
  readonly queue: { readonly maxSize: number; readonly maxPerCaller: number; readonly deadlineMs: number }
}

/**
 * Something that a handler needs: a connection, the current user, a model. Made by `dependency()`;
 * it is cached by its identity, so share the value, not a copy.
 */
export class Dependency<V = unknown> {
  /** Only for types; never set. */
  declare readonly '~value': V
  readonly make: Callable
  readonly scope: Scope
  /** Runs before the body is read: for authentication. */
  readonly guard: boolean
  readonly inputs: InputSchemas
  readonly deps: Dependencies
  /** For messages. */
  readonly label: string
  /** What app-scoped dependencies get in its place: a model is lent to each request, and given to the app whole. */
  readonly forApp: Dependency<V> | undefined
  /** Of a model, for the document. */
  readonly docs: ModelDocs | undefined
  /** Asked by `/readyz`, where an open dependency may cease to serve: a model that has failed too often. */
  readonly isReady: (() => boolean | Promise<boolean>) | undefined
  /** Whether it is told apart by its label, so that no other of the app may have the same. */
  readonly isUnique: boolean
  /** Of a security scheme, and of what asks for scopes. */
  readonly security: SecurityRole | undefined
  /** Whether it or anything that it needs has to do with {@link security}. */
  readonly isSecurity: boolean

  constructor(parts: DependencyParts<V>) {
    this.make = parts.make
    this.scope = parts.scope
    this.guard = parts.guard
    this.inputs = parts.inputs
    this.deps = parts.deps
    this.label = parts.label
    this.forApp = parts.forApp
    this.docs = parts.docs
    this.isReady = parts.isReady
    this.isUnique = parts.isUnique ?? false
    this.security = parts.security
    this.isSecurity = parts.security !== undefined || Object.values(parts.deps).some((one) => one.isSecurity)
    Object.freeze(this)
  }
}

type DependencyParts<V> = Omit<
  Dependency,
  '~value' | 'forApp' | 'docs' | 'isReady' | 'isUnique' | 'security' | 'isSecurity'
> & {
  readonly forApp?: Dependency<V> | undefined
  readonly docs?: ModelDocs | undefined
  readonly isReady?: (() => boolean | Promise<boolean>) | undefined
  readonly isUnique?: boolean
  readonly security?: SecurityRole | undefined
}
