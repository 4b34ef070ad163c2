import { isDeepStrictEqual } from 'node:util'
import { StartupError } from '../errors/StartupError.ts'
import type { Plan } from '../plan/plan.ts'
import { joinScopes, type SecurityScheme } from '../plan/security.ts'
import type { DocumentForm } from './form.ts'
import type { JsonObject } from './objects.ts'

/** One Security Requirement Object: all of its schemes are needed, each with its scopes. */
export type Requirement = Readonly<Record<string, readonly string[]>>

/**
 * `components.securitySchemes` of all operations.
 *
 * @throws {StartupError} `name_clash` where one name is given to two schemes
 */
export function securitySchemesOf(plans: readonly Plan[], form: DocumentForm): JsonObject | undefined {
  const found = new Map<string, SecurityScheme['definition']>()
  for (const { dependency } of plans.flatMap((plan) => plan.dependencies)) {
    if (dependency.security?.kind !== 'scheme') continue
    const { scheme } = dependency.security
    const name = form.schemeName(scheme)
    const known = found.get(name)
    if (known && !isDeepStrictEqual(known, scheme.definition))
      throw new StartupError(
        'name_clash',
        `Two security schemes that differ are named '${name}': give one of them another schemeName`,
      )
    found.set(name, scheme.definition)
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined
}

/**
 * What an operation asks for, as alternatives of which one has to be met: guards that stand side by side are
 * one requirement, `anyOf()` makes alternatives, and an optional scheme leaves the alternative without it.
 */
export function requirementsOf(plan: Plan, form: DocumentForm): readonly Requirement[] | undefined {
  const known = new Map<number, readonly Requirement[]>()
  const requirementsAt = (index: number): readonly Requirement[] => {
    const found = known.get(index) ?? compute(index)
    known.set(index, found)
    return found
  }
  const compute = (index: number): readonly Requirement[] => {
    const node = plan.dependencies[index] as Plan['dependencies'][number]
    const needed = Object.values(node.names).map(requirementsAt)
    const role = node.dependency.security
    if (role?.kind === 'alternatives') return distinct(needed.flat())
    if (role?.kind !== 'scheme') return all(needed)
    const own: Requirement = { [form.schemeName(role.scheme)]: node.scopes }
    return all([role.isOptional ? [own, {}] : [own], ...needed])
  }
  const requirements = all(Object.values(plan.names).map(requirementsAt))
  return requirements.some((one) => Object.keys(one).length > 0) ? requirements : undefined
}

/** Every way to meet each of several lists of alternatives. */
function all(lists: readonly (readonly Requirement[])[]): readonly Requirement[] {
  return lists.reduce((met, list) => distinct(met.flatMap((one) => list.map((other) => both(one, other)))), [{}])
}

function both(first: Requirement, second: Requirement): Requirement {
  const joined = { ...first }
  for (const [name, scopes] of Object.entries(second)) joined[name] = joinScopes(joined[name] ?? [], scopes)
  return joined
}

function distinct(requirements: readonly Requirement[]): readonly Requirement[] {
  return requirements.filter((one, index) => requirements.findIndex((other) => isDeepStrictEqual(one, other)) === index)
}
