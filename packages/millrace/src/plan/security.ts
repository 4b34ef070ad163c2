import { Dependency } from './dependency.ts'

/** A way to say who asks (Security Scheme Object of OpenAPI), as it stands under `components.securitySchemes`. */
export interface SecurityScheme {
  /** The name that its user gave to it. */
  readonly name: string | undefined
  /** The name where none was given. */
  readonly defaultName: string
  /** The same in a document of FastAPI's form, which takes the names of its classes. */
  readonly className: string
  readonly definition: Readonly<Record<string, unknown>>
}

/** What a dependency has to do with security, beyond making a value. */
export type SecurityRole =
  /** Reads credentials. `isOptional`: goes on without them. */
  | { readonly kind: 'scheme'; readonly scheme: SecurityScheme; readonly isOptional: boolean }
  /** Takes the value of the first of its dependencies that accepts the request. */
  | { readonly kind: 'alternatives' }
  /** Its value is the scopes that are asked for where it stands. */
  | { readonly kind: 'scopes' }
  /** Stands for another dependency, and asks it for scopes. */
  | { readonly kind: 'reference'; readonly target: Dependency; readonly scopes: readonly string[] }

/** A dependency, and the scopes that are asked of it. */
export interface Target {
  readonly dependency: Dependency
  readonly scopes: readonly string[]
}

/** What a dependency stands for: itself, or the one that it refers to. */
export function targetOf(dependency: Dependency): Target {
  const role = dependency.security
  return role?.kind === 'reference'
    ? { dependency: role.target, scopes: role.scopes }
    : { dependency, scopes: noScopes }
}

/** A stand-in for a dependency that asks it for scopes, in addition to those that it asks for already. */
export function referTo<V>(dependency: Dependency<V>, scopes: readonly string[]): Dependency<V> {
  const target = targetOf(dependency)
  const security: SecurityRole = {
    kind: 'reference',
    target: target.dependency,
    scopes: joinScopes(target.scopes, scopes),
  }
  return new Dependency<V>({
    ...target.dependency,
    forApp: undefined,
    docs: undefined,
    isReady: undefined,
    isUnique: false,
    security,
  })
}

/** Scopes in order, each once. */
export function joinScopes(first: readonly string[], second: readonly string[]): readonly string[] {
  return second.length === 0 ? first : Object.freeze([...new Set([...first, ...second])])
}

export const noScopes: readonly string[] = Object.freeze([])
