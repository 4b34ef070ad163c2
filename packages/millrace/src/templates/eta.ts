import type { TemplateEngine } from './engine.ts'
import { loadPackage } from './loadPackage.ts'

/** Options of Eta's own, as of version 4. */
export interface EtaOptions {
  /** Default true. */
  readonly autoEscape?: boolean
  /** Gives every value to `filterFunction`. Default false. */
  readonly autoFilter?: boolean
  readonly autoTrim?: false | 'nl' | 'slurp' | [false | 'nl' | 'slurp', false | 'nl' | 'slurp']
  readonly debug?: boolean
  readonly escapeFunction?: (value: unknown) => string
  readonly filterFunction?: (value: unknown) => string
  /** Code that stands before that of each template. */
  readonly functionHeader?: string
  /** Default false. */
  readonly rmWhitespace?: boolean
  /** Default `['<%', '%>']`. */
  readonly tags?: [string, string]
  /** Values are names of their own, not members of `it`. Default false. */
  readonly useWith?: boolean
  /** Default `it`. */
  readonly varName?: string
  /** Of names without an ending. Default `.eta`. */
  readonly defaultExtension?: string
}

/**
 * Templates of Eta (https://eta.js.org): values are members of `it`, and `<%= it.name %>` is escaped. A name
 * without an ending is one of `.eta`.
 *
 * @throws {StartupError} `missing_package` at start-up
 */
export function eta(options: EtaOptions = {}): TemplateEngine {
  return async ({ directory, cache }) => {
    const { Eta } = await loadPackage('eta', () => import('eta'))
    const engine = new Eta({ cache, autoEscape: true, ...options, views: directory })
    return { render: (name, values) => engine.renderAsync(name, values) }
  }
}
