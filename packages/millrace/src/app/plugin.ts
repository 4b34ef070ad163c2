import { StartupError } from '../errors/StartupError.ts'
import type { App } from './app.ts'

/** A part that can be added to any app. Made by {@link plugin}. */
export interface Plugin<O = unknown, R = unknown> {
  readonly kind: 'plugin'
  /** Unique in an app. */
  readonly name: string
  /** Names of the plugins that it does not work without. */
  readonly dependencies: readonly string[]
  readonly setUp: (app: App, options: O) => R
}

/** What a plugin says of itself. */
export interface PluginSpec {
  readonly name: string
  /** Names of the plugins that it does not work without; in any order. Asked for when the app starts. */
  readonly dependencies?: readonly string[]
}

/** The rest of the arguments of `register`: options may be left out where the plugin can do without. */
export type PluginArguments<O> = undefined extends O ? [options?: O] : {} extends O ? [options?: O] : [options: O]

/**
 * Makes a plugin: a function that adds to an app whatever an app can have, such as routes, middleware, error
 * handlers, lifespans and listeners. What it returns, `app.register` returns.
 *
 * It is given the app itself: middleware and error handlers that it adds are those of the whole app. What is to
 * stay apart goes into a router, `app.router({ … })`. It does not wait for anything; what has to goes into
 * `app.lifespan`, or an app-scoped dependency.
 *
 * @example
 * export const metrics = plugin({ name: 'metrics' }, (app, { path = '/metrics' }: { path?: string }) => {
 *   const counts = new Map<number, number>()
 *   app.on('request:end', ({ answer }) => counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1))
 *   app.get(path, { hidden: true }, () => Object.fromEntries(counts))
 * })
 * app.register(metrics, { path: '/internal/metrics' })
 */
export function plugin<O = undefined, R = void>(
  { name, dependencies = [] }: PluginSpec,
  setUp: (app: App, options: O) => R,
): Plugin<O, R> {
  return Object.freeze({ kind: 'plugin' as const, name, dependencies, setUp })
}

/** The plugins of an app. */
export class Plugins {
  readonly #all = new Map<string, Plugin<never>>()

  /** @throws {StartupError} `duplicate_plugin` */
  add(added: Plugin<never>): void {
    if (this.#all.has(added.name))
      throw new StartupError(
        'duplicate_plugin',
        `A plugin named '${added.name}' has been registered before: an app takes each once`,
      )
    this.#all.set(added.name, added)
  }

  addAll(other: Plugins): void {
    for (const [name, one] of other.#all) this.#all.set(name, one)
  }

  has(name: string): boolean {
    return this.#all.has(name)
  }

  /** @throws {StartupError} `missing_plugin` */
  refuseMissing(): void {
    for (const { name, dependencies } of this.#all.values()) {
      const missing = dependencies.filter((needed) => !this.#all.has(needed))
      if (missing.length > 0)
        throw new StartupError(
          'missing_plugin',
          `The plugin '${name}' needs ${missing.map((one) => `'${one}'`).join(', ')}: register it as well. There are: ${[...this.#all.keys()].join(', ')}`,
        )
    }
  }
}
