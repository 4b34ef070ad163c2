import type { Logger } from '../input/log.ts'
import type { Dependency } from '../plan/dependency.ts'
import { layOut, type Overrides } from '../plan/graph.ts'
import type { DependencyPlan } from '../plan/plan.ts'
import { close, isGenerator, open } from './generator.ts'

/** What app-scoped dependencies are given of their app. */
export interface AppScopeContext {
  readonly log: Logger
  /** Aborted at shutdown. */
  readonly signal: AbortSignal
}

/** App-scoped dependencies, from when they are opened until they are closed. */
export class AppScope {
  readonly values: Map<Dependency, unknown>
  readonly #context: AppScopeContext
  readonly #closers: (() => Promise<void>)[] = []

  /** @param open values of those that are open already, and not this scope's to close */
  constructor(context: AppScopeContext, open: ReadonlyMap<Dependency, unknown>) {
    this.#context = context
    this.values = new Map(open)
  }

  /**
   * Opens them, one after another, each after all that it needs.
   *
   * @param dependencies as the plans have them, overrides applied
   * @throws what a dependency throws, after those opened before it have been closed again
   */
  async open(dependencies: ReadonlySet<Dependency>, overrides: Overrides): Promise<void> {
    const named = Object.fromEntries([...dependencies].map((dependency, index) => [String(index), dependency]))
    const { nodes } = layOut(named, overrides, true)
    try {
      for (const node of nodes) if (!this.values.has(node.dependency)) await this.#openOne(node, nodes)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Closes them, newest first; failures are logged. */
  async close(): Promise<void> {
    const { log } = this.#context
    for (const closer of this.#closers.splice(0).reverse())
      await closer().catch((error) => log.error('The cleanup of an app dependency failed', { error }))
  }

  async #openOne({ dependency, names }: DependencyPlan, nodes: readonly DependencyPlan[]): Promise<void> {
    const { values } = this
    const needed = Object.entries(names).map(([name, index]) => [
      name,
      values.get((nodes[index] as DependencyPlan).dependency),
    ])
    const made = dependency.make({ ...this.#context, ...Object.fromEntries(needed) })
    if (!isGenerator(made)) values.set(dependency, await made)
    else {
      await open(made, dependency.label, (value) => values.set(dependency, value))
      this.#closers.push(() => close(made, dependency.label))
    }
  }
}
