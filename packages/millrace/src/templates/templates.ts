import type { BaseContext } from '../input/baseContext.ts'
import { Dependency } from '../plan/dependency.ts'
import type { TemplateEngine, TemplateFolder } from './engine.ts'

/** Renders a template of the folder by its name, with values of its own. */
export type Render = (name: string, values?: Readonly<Record<string, unknown>>) => Promise<string>

/** Which templates, and what all of them are given. */
export interface TemplatesOptions {
  /** `eta()`, `nunjucks()`, or an adapter. */
  readonly engine: TemplateEngine
  /** Where they are: an absolute path, such as `join(import.meta.dirname, 'views')`. */
  readonly directory: string
  /** What every template is given besides, for each request anew: what Flask calls a context processor. */
  readonly globals?: (context: BaseContext) => Readonly<Record<string, unknown>>
  /** Whether templates are kept once they have been read. Default: not under `millrace dev`. */
  readonly cache?: boolean
}

/** A dependency that renders for its request; and {@link Templates.render} where there is no dependency. */
export class Templates extends Dependency<Render> {
  /** Renders where only a context is at hand: in an error handler, in middleware. */
  render(context: BaseContext, name: string, values?: Readonly<Record<string, unknown>>): Promise<string> {
    return (this.make(context) as Render)(name, values)
  }
}

/**
 * Templates of a folder, as a dependency: a function that renders one. Values are escaped, as the engine does it.
 * Every template has `urlFor`, and what `globals` gives.
 *
 * @example
 * const views = templates({ engine: eta(), directory: join(import.meta.dirname, 'views') })
 * app.get('/', { deps: { render: views }, response: html() }, ({ render }) => render('index', { name: 'Ada' }))
 */
export function templates({ engine, directory, globals, cache }: TemplatesOptions): Templates {
  const keep = cache ?? process.env['MILLRACE_ENV'] !== 'development'
  let opened: Promise<TemplateFolder> | undefined
  const open = () => {
    opened ??= Promise.resolve(engine({ directory, cache: keep }))
    return opened
  }
  const renderFor = (context: BaseContext): Render => {
    return async (name, values = {}) => {
      refuseOutside(name)
      const folder = await open()
      return await folder.render(name, { urlFor: context.urlFor, ...globals?.(context), ...values })
    }
  }
  const inputs = { params: undefined, query: undefined, headers: undefined, cookies: undefined }
  const folder = new Dependency({ make: open, scope: 'app', guard: false, inputs, deps: {}, label: 'templates' })
  return new Templates({
    make: renderFor,
    scope: 'request',
    guard: false,
    inputs,
    // So that a package that is not installed is told at start-up.
    deps: { folder },
    label: 'templates',
  })
}

/** A name may come from a request; it stays within the folder. */
function refuseOutside(name: string): void {
  if (name === '' || name.includes('\0') || /^([/\\]|[A-Za-z]:)/.test(name) || name.split(/[/\\]/).includes('..'))
    throw new TypeError(`'${name}' is not the name of a template: it stands below the folder`)
}
