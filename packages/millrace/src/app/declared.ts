import type { Dependency } from '../plan/dependency.ts'
import type { Webhook } from '../plan/outgoing.ts'
import type { MountHandler } from '../register/entry.ts'
import { Commands } from './commands.ts'
import type { Lifespan } from './lifecycle.ts'
import { Plugins } from './plugin.ts'

/** What is declared for an app as a whole, beside its routes. */
export class Declared {
  readonly lifespans: Lifespan[] = []
  readonly webhooks: Webhook[] = []
  readonly plugins: Plugins = new Plugins()
  readonly commands: Commands = new Commands()
  readonly overrides: Map<Dependency, Dependency> = new Map()
  /** What stands in for something that is mounted. */
  mountedAs: (handler: MountHandler) => MountHandler = (handler) => handler

  /** Takes what another app has declared. What stands in for what it has mounted is for each to say. */
  addAll(other: Declared): void {
    this.lifespans.push(...other.lifespans)
    this.webhooks.push(...other.webhooks)
    this.plugins.addAll(other.plugins)
    this.commands.addAll(other.commands)
    for (const [dependency, replacement] of other.overrides) this.overrides.set(dependency, replacement)
  }
}
