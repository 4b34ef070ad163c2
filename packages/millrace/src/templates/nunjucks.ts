import type { TemplateEngine } from './engine.ts'
import { loadPackage } from './loadPackage.ts'

/** Options of nunjucks' Environment. */
export interface NunjucksOptions {
  /** Default true. */
  readonly autoescape?: boolean
  /** A value that is not there is an error. Default false. */
  readonly throwOnUndefined?: boolean
  readonly trimBlocks?: boolean
  readonly lstripBlocks?: boolean
  /** Called with the Environment, to add filters and the like. */
  readonly setUp?: (environment: unknown) => void
}

/** As much of the package as is used; it has no types of its own. */
interface Nunjucks {
  readonly Environment: new (
    loader: unknown,
    options: object,
  ) => {
    render(name: string, values: object, done: (error: Error | null, text: string | null) => void): void
  }
  readonly FileSystemLoader: new (directory: string, options: { noCache: boolean }) => unknown
}

/**
 * Templates of nunjucks (https://mozilla.github.io/nunjucks/), whose syntax is Jinja's: those of a Flask app
 * work with few changes. `{{ name }}` is escaped.
 *
 * @throws {StartupError} `missing_package` at start-up
 */
export function nunjucks({ setUp, ...options }: NunjucksOptions = {}): TemplateEngine {
  return async ({ directory, cache }) => {
    const name = 'nunjucks'
    const loaded = (await loadPackage(name, () => import(name))) as { readonly default: Nunjucks }
    const { Environment, FileSystemLoader } = loaded.default
    const environment = new Environment(new FileSystemLoader(directory, { noCache: !cache }), {
      autoescape: true,
      ...options,
    })
    setUp?.(environment)
    return {
      render: (template, values) =>
        new Promise((resolve, reject) => {
          environment.render(template, values, (error, text) => (error ? reject(error) : resolve(text ?? '')))
        }),
    }
  }
}
