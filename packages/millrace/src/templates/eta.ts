import type { EtaConfig } from 'eta'
import type { TemplateEngine } from './engine.ts'
import { loadPackage } from './loadPackage.ts'

/**
 * Templates of Eta (https://eta.js.org): values are members of `it`, and `<%= it.name %>` is escaped. A name
 * without an ending is one of `.eta`.
 *
 * @param options Eta's own
 * @throws {StartupError} `missing_package` when it is first used
 */
export function eta(options: Partial<EtaConfig> = {}): TemplateEngine {
  return async ({ directory, cache }) => {
    const { Eta } = await loadPackage('eta', () => import('eta'))
    const engine = new Eta({ cache, autoEscape: true, ...options, views: directory })
    return { render: (name, values) => engine.renderAsync(name, values) }
  }
}
