import type { Logger } from '../input/log.ts'
import type { Dependency } from '../plan/dependency.ts'
import { layOut, type Overrides } from '../plan/graph.ts'
import type { DependencyPlan } from '../plan/plan.ts'
import { close, isGenerator, open } from './generator.ts'

/** App-scoped dependencies while they are open. */
export interface AppScope {
  readonly values: Map<Dependency, unknown>
  /** Closes them, newest first; failures are logged. */
  close(): Promise<void>
}

/**
 * Opens app-scoped dependencies, one after another, each after all that it needs.
 *
 * @param dependencies as the plans have them, overrides applied
 * @param signal aborted at shutdown
 * @param open those that are open already
 * @throws what a dependency throws, after those opened before it have been closed again
 */
export async function openAppScope(
  dependencies: ReadonlySet<Dependency>,
  overrides: Overrides,
  log: Logger,
  signal: AbortSignal,
  open: ReadonlyMap<Dependency, unknown> = new Map(),
): Promise<AppScope> {
  const named = Object.fromEntries([...dependencies].map((dependency, index) => [String(index), dependency]))
  const { nodes } = layOut(named, overrides, true)
  const values = new Map<Dependency, unknown>(open)
  const closers: (() => Promise<void>)[] = []
  const scope: AppScope = {
    values,
    close: async () => {
      for (const closer of closers.splice(0).reverse())
        await closer().catch((error) => log.error('The cleanup of an app dependency failed', { error }))
    },
  }
  try {
    for (const node of nodes) if (!values.has(node.dependency)) await openOne(node, nodes, values, closers, log, signal)
  } catch (error) {
    await scope.close()
    throw error
  }
  return scope
}

async function openOne(
  { dependency, names }: DependencyPlan,
  nodes: readonly DependencyPlan[],
  values: Map<Dependency, unknown>,
  closers: (() => Promise<void>)[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const needed = Object.entries(names).map(([name, index]) => [
    name,
    values.get((nodes[index] as DependencyPlan).dependency),
  ])
  const made = dependency.make({ log, signal, ...Object.fromEntries(needed) })
  if (!isGenerator(made)) values.set(dependency, await made)
  else {
    await open(made, dependency.label, (value) => values.set(dependency, value))
    closers.push(() => close(made, dependency.label))
  }
}
