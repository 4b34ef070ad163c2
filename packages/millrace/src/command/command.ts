import { type NoReservedNames, refuseReservedNames } from '../depend/dependency.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { BaseContext } from '../input/baseContext.ts'
import type { Callable, Dependencies, DependencyValues } from '../plan/dependency.ts'
import { jsonSchemaOf } from '../plan/jsonSchema.ts'
import { isSchema, type Output, type SchemaLike } from '../plan/schema.ts'
import { uniqueProperties } from '../plan/valueTypes.ts'

/** What a command declares. Every key is optional. */
export interface CommandSpec<A, D> {
  /** One line, for the help. */
  readonly description?: string
  /** Of its arguments, by a schema of an object: `maxCount` is `--max-count`. Strings are coerced. */
  readonly args?: A
  /** Names of arguments that are given by their place: the last may be a list. */
  readonly positional?: readonly (A extends SchemaLike ? keyof Output<A> & string : never)[]
  /** What it needs. Those that read inputs cannot be had: there is no request. */
  readonly deps?: D & NoReservedNames
}

/** What the function of a command gets. */
export type CommandContext<A extends SchemaLike | undefined = undefined, D extends Dependencies = {}> = CommandBase & {
  readonly args: A extends SchemaLike ? Output<A> : Readonly<Record<string, never>>
} & DependencyValues<D>

interface CommandBase extends Pick<BaseContext, 'signal' | 'log' | 'after' | 'id' | 'urlFor'> {
  /** Writes a line to standard output; a test gets it instead. */
  readonly print: (text: string) => void
}

/** A command of an app, as a value: what tests refer to. */
export interface AppCommand {
  readonly kind: 'command'
  readonly name: string
  readonly spec: CommandSpec<SchemaLike | undefined, Dependencies>
  readonly handler: Callable
}

const commandName = /^[a-z][a-z0-9]*([-:][a-z0-9]+)*$/

/** What the command line has itself. */
const ownNames = ['dev', 'start', 'routes', 'openapi', 'asyncapi', 'shell', 'help']

/** @throws {StartupError} `malformed_spec`, `reserved_name` */
export function makeCommand(name: string, spec: AppCommand['spec'], handler: unknown): AppCommand {
  const refuse = (why: string) => new StartupError('malformed_spec', `The command '${name}' ${why}`)
  if (!commandName.test(name)) throw refuse("needs a name of lower-case words, such as 'users:add' or 'import-items'")
  if (ownNames.includes(name)) throw refuse('has the name of a command of Millrace itself')
  if (typeof handler !== 'function') throw refuse('has no function: give it as the last argument')
  const { deps = {}, args, positional = [] } = spec
  refuseReservedNames(deps, `The command '${name}'`)
  for (const key of ['args', 'print'])
    if (key in deps)
      throw new StartupError(
        'reserved_name',
        `The command '${name}' has a dependency named '${key}': choose another name`,
      )
  if (args !== undefined) {
    const root = isSchema(args) ? jsonSchemaOf(args, 'input') : undefined
    if (!root) throw refuse('needs a Standard Schema that tells its JSON Schema for its arguments')
    const known = uniqueProperties(root)
    for (const key of positional as readonly string[])
      if (!known.has(key)) throw refuse(`has no argument '${key}' that could be given by its place`)
  }
  return Object.freeze({ kind: 'command', name, spec, handler: handler as Callable })
}
