import { StartupError } from '../errors/StartupError.ts'
import type { Dependencies, Dependency } from './dependency.ts'
import type { DependencyPlan } from './plan.ts'

/** Replaces dependencies, in tests. */
export type Overrides = ReadonlyMap<Dependency, Dependency>

/** The dependency graph of one operation as a list, each node after all that it needs. */
export interface Graph {
  readonly nodes: readonly DependencyPlan[]
  readonly names: Readonly<Record<string, number>>
}

/**
 * Lays out the dependencies of an operation.
 *
 * @param isChosen the dependencies themselves have been chosen by overrides before; those that they need have not
 * @throws {StartupError} `dependency_circle`, or `dependency_scope` where one outlives what it needs
 */
export function layOut(deps: Dependencies, overrides: Overrides, isChosen = false): Graph {
  const nodes: DependencyPlan[] = []
  const indexes = new Map<Dependency, number>()
  const open: Dependency[] = []

  const visit = (original: Dependency, isForApp: boolean, isFinal: boolean): number => {
    const chosen = isFinal ? original : (overrides.get(original) ?? original)
    const dependency = (isForApp && chosen.forApp) || chosen
    const known = indexes.get(dependency)
    if (known !== undefined) return known
    if (open.includes(dependency)) {
      const circle = [...open.slice(open.indexOf(dependency)), dependency].map(({ label }) => label).join(' → ')
      throw new StartupError('dependency_circle', `Dependencies need one another in a circle: ${circle}`)
    }
    open.push(dependency)
    const names = visitAll(dependency.deps, dependency.scope === 'app', false)
    open.pop()
    for (const index of Object.values(names))
      refuseShorterScope(dependency, (nodes[index] as DependencyPlan).dependency)
    const index = nodes.push({ dependency, names, guard: dependency.guard }) - 1
    indexes.set(dependency, index)
    return index
  }
  const visitAll = (all: Dependencies, isForApp: boolean, isFinal: boolean): Record<string, number> =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, visit(one, isForApp, isFinal)]))

  const names = visitAll(deps, false, isChosen)
  return { nodes: markGuards(nodes), names }
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
