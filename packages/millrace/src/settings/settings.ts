import { validatorOf } from '../check/validator.ts'
import { StartupError } from '../errors/StartupError.ts'
import { Dependency } from '../plan/dependency.ts'
import { jsonSchemaOf } from '../plan/jsonSchema.ts'
import { isSchema, type Output, type Schema, type SchemaLike } from '../plan/schema.ts'
import { isPromise } from '../serve/maybePromise.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { problemsOf } from './problems.ts'
import { type Naming, readVariables } from './variables.ts'

/** Where settings come from, and how their variables are named. */
export interface SettingsOptions {
  /** Default `process.env`. What stands here comes before what stands in files. */
  readonly env?: Environment
  /** Files in the form of `.env`, those that exist; of one variable the last counts. Default `['.env']`. */
  readonly files?: readonly string[]
  /** Before every variable, such as `SHOP_`. Default: none. */
  readonly prefix?: string
  /** Between the names of an object and its members. Default `__`, as in `DATABASE__HOST`. */
  readonly nested?: string
}

/** Settings: an app-scoped dependency, and what {@link load} gives where there is no app yet. */
export class Settings<V> extends Dependency<V> {
  /** Reads them, each time anew. @throws {StartupError} `invalid_settings` with every problem */
  load(): V {
    return this.make() as V
  }
}

/**
 * Reads settings from the environment and from `.env`, by a schema. `databaseUrl` is the variable
 * `DATABASE_URL`; strings are coerced as those of a query are, lists may be written `a,b` or as JSON, objects as
 * JSON or member by member: `DATABASE__HOST`.
 *
 * As a dependency they are read when the app starts, which fails with every problem at once, and can be
 * overridden in tests. What is wrong is told by the name of its variable, never by its value.
 *
 * @throws {StartupError} `invalid_settings` when they are read; `malformed_spec` for a schema that has no JSON Schema
 *
 * @example
 * export const config = settings(z.object({ databaseUrl: z.url(), port: z.int().default(8000) }))
 * app.get('/', { deps: { config } }, ({ config }) => config.port)
 * await app.listen({ port: config.load().port })
 */
export function settings<S extends SchemaLike>(schema: S, options: SettingsOptions = {}): Settings<Output<S>> {
  const { env, files = ['.env'], prefix = '', nested = '__' } = options
  const naming: Naming = { prefix, nested }
  const load = compileLoad(schema, naming)
  return new Settings<Output<S>>({
    make: () => load(readEnvironment(env ?? process.env, files)),
    scope: 'app',
    guard: false,
    inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
    deps: {},
    label: 'settings',
  })
}

function compileLoad(schema: unknown, naming: Naming): (environment: Environment) => unknown {
  const root = isSchema(schema) ? jsonSchemaOf(schema, 'input') : undefined
  if (!root)
    throw new StartupError(
      'malformed_spec',
      'settings() needs a Standard Schema that tells its JSON Schema, which names the variables',
    )
  const validate = validatorOf(schema as Schema, 'input')
  return (environment) => {
    const { value, malformed } = readVariables(root, environment, naming)
    const result = validate(value)
    if (isPromise(result)) throw new StartupError('malformed_spec', 'A schema of settings() cannot wait for anything')
    const problems = problemsOf(result.issues ?? [], value, malformed, naming)
    if (result.issues || problems.length > 0)
      throw new StartupError('invalid_settings', ['The settings are not valid:', ...problems].join('\n  '))
    return result.value
  }
}
