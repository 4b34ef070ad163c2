import { StartupError } from '../errors/StartupError.ts'
import type { Dependencies } from './dependency.ts'
import type { Inherited } from './inherited.ts'
import { referTo, targetOf } from './security.ts'
import type { BaseSpec } from './spec.ts'

/** By its shape: it may be of another copy of the package. */
function isDependency(value: unknown): boolean {
  return typeof (value as { readonly make?: unknown } | null | undefined)?.make === 'function'
}

const noDependencies: Dependencies = Object.freeze({})

/** Those of every level and of the operation itself, by their names. @throws {StartupError} `malformed_spec`, `name_clash` */
export function allDependencies(inherited: Inherited, spec: BaseSpec, name: string): Dependencies {
  if (inherited.deps.length === 0 && spec.deps === undefined) return noDependencies
  const all: Record<string, Dependencies[string]> = {}
  for (const deps of [...inherited.deps, spec.deps ?? {}])
    for (const [key, dependency] of Object.entries(deps)) {
      if (!isDependency(dependency))
        throw new StartupError(
          'malformed_spec',
          `'${key}' in 'deps' of ${name} is no dependency: make it by dependency()`,
        )
      const present = all[key]
      if (present !== undefined && targetOf(present).dependency !== targetOf(dependency).dependency)
        throw new StartupError(
          'name_clash',
          `${name} has two dependencies named '${key}': app, routers and operation share one context`,
        )
      // A level that asks it for more scopes adds to those of the levels around it.
      const isMore = present !== undefined && present !== dependency
      all[key] = isMore ? referTo(present, targetOf(dependency).scopes) : dependency
    }
  return all
}
