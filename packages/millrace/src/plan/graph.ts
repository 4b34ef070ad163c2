import { StartupError } from '../errors/StartupError.ts'
import type { Dependencies, Dependency } from './dependency.ts'
import type { DependencyPlan } from './plan.ts'
import { joinScopes, noScopes, targetOf } from './security.ts'

/** Replaces dependencies, in tests. */
export type Overrides = ReadonlyMap<Dependency, Dependency>

/** The dependency graph of one operation as a list, each node after all that it needs. */
export interface Graph {
  readonly nodes: readonly DependencyPlan[]
  readonly names: Readonly<Record<string, number>>
}

const emptyGraph: Graph = Object.freeze({ nodes: Object.freeze([]), names: Object.freeze({}) })

/**
 * Lays out the dependencies of an operation.
 *
 * @param isChosen the dependencies themselves have been chosen by overrides before; those that they need have not
 * @throws {StartupError} `dependency_circle`, or `dependency_scope` where one outlives what it needs
 */
export function layOut(deps: Dependencies, overrides: Overrides, isChosen = false): Graph {
  if (Object.keys(deps).length === 0) return emptyGraph
  const nodes: DependencyPlan[] = []
  const open: Dependency[] = []

  const visit = (reference: Dependency, from: Visit): number => {
    const asked = targetOf(reference)
    const override = from.isFinal ? undefined : (overrides.get(reference) ?? overrides.get(asked.dependency))
    const chosen = override ? targetOf(override) : asked
    const dependency = (from.isForApp && chosen.dependency.forApp) || chosen.dependency
    // One that asks nobody who asks is the same whatever the scopes, and whether or not it is an attempt.
    const scopes = dependency.isSecurity ? joinScopes(joinScopes(from.scopes, asked.scopes), chosen.scopes) : noScopes
    const isAttempt = from.isAttempt && dependency.isSecurity
    const known = nodes.findIndex(
      (node) => node.dependency === dependency && node.isAttempt === isAttempt && isSameSet(node.scopes, scopes),
    )
    if (known >= 0) return known
    if (open.includes(dependency)) {
      const circle = [...open.slice(open.indexOf(dependency)), dependency].map(({ label }) => label).join(' → ')
      throw new StartupError('dependency_circle', `Dependencies need one another in a circle: ${circle}`)
    }
    open.push(dependency)
    const names = visitAll(dependency.deps, {
      isForApp: dependency.scope === 'app',
      isFinal: false,
      scopes,
      isAttempt: isAttempt || dependency.security?.kind === 'alternatives',
    })
    open.pop()
    for (const index of Object.values(names))
      refuseShorterScope(dependency, (nodes[index] as DependencyPlan).dependency)
    return nodes.push({ dependency, names, guard: dependency.guard, scopes, isAttempt }) - 1
  }
  const visitAll = (all: Dependencies, from: Visit): Record<string, number> =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, visit(one, from)]))

  const names = visitAll(deps, { isForApp: false, isFinal: isChosen, scopes: noScopes, isAttempt: false })
  return { nodes: markGuards(nodes), names }
}

/** Where a dependency is asked for. */
interface Visit {
  readonly isForApp: boolean
  readonly isFinal: boolean
  readonly scopes: readonly string[]
  readonly isAttempt: boolean
}

function isSameSet(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((one) => second.includes(one))
}

const lifetimes = { handler: 0, request: 1, app: 2 }

function refuseShorterScope(dependency: Dependency, needed: Dependency): void {
  if (lifetimes[needed.scope] >= lifetimes[dependency.scope]) return
  throw new StartupError(
    'dependency_scope',
    `'${dependency.label}' (scope ${dependency.scope}) needs '${needed.label}' (scope ${needed.scope}), which is closed before it: give them one scope`,
  )
}

/** Whatever a guard needs is made before the body is read, too. */
function markGuards(nodes: readonly DependencyPlan[]): DependencyPlan[] {
  const early = new Set<number>()
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index] as DependencyPlan
    if (!node.guard && !early.has(index)) continue
    early.add(index)
    for (const needed of Object.values(node.names)) early.add(needed)
  }
  return nodes.map((node, index) => (early.has(index) ? { ...node, guard: true } : node))
}
