import { readArguments } from '../command/arguments.ts'
import { type AppCommand, makeCommand } from '../command/command.ts'
import { planCommand, runCommand } from '../command/runCommand.ts'
import { appDependenciesOf } from '../compile/compileApp.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { ContextHost } from '../input/contextHost.ts'
import type { PlanDefaults } from '../plan/definition.ts'
import type { Callable, Dependency } from '../plan/dependency.ts'
import type { Declared } from './declared.ts'
import type { Lifecycle } from './lifecycle.ts'

/** How a command is run. */
export interface RunCommandOptions {
  /** Takes what it prints. Default: `console.log`. */
  readonly print?: (text: string) => void
  /** Aborts its `signal`. */
  readonly signal?: AbortSignal
}

/** The commands of an app. */
export class Commands {
  readonly #all = new Map<string, AppCommand>()

  /** By their names. */
  get all(): ReadonlyMap<string, AppCommand> {
    return this.#all
  }

  /** Takes name, spec, handler; or name and handler alone. @throws {StartupError} `malformed_spec`, `reserved_name` */
  add(name: string, second: object, third: Callable | undefined): AppCommand {
    const isBare = typeof second === 'function'
    const command = makeCommand(name, isBare ? {} : second, isBare ? (second as Callable) : third)
    if (this.#all.has(name))
      throw new StartupError('malformed_spec', `The app has a command '${name}' already: give one of them another name`)
    this.#all.set(name, command)
    return command
  }

  /** Those of another app as well. */
  addAll(other: Commands): void {
    for (const [name, command] of other.#all) this.#all.set(name, command)
  }
}

/** What a command has of its app. */
export interface CommandHost {
  readonly declared: Pick<Declared, 'lifespans' | 'overrides'>
  readonly defaults: PlanDefaults
  readonly lifecycle: Lifecycle
  readonly host: ContextHost
}

/** Runs a command, in an app that is started for it alone unless it runs already. */
export async function runCommandOf(
  command: AppCommand,
  argv: readonly string[],
  { print = console.log, signal }: RunCommandOptions,
  { declared: { lifespans, overrides }, defaults, lifecycle, host }: CommandHost,
): Promise<unknown> {
  const args = await readArguments(command, argv)
  const plan = planCommand(command, defaults)
  const none = { appDependencies: new Set<Dependency>(), mountedApps: [] }
  await lifecycle.startFor(command.name, () => ({ lifespans, overrides, ...none }))
  await lifecycle.open(appDependenciesOf([plan]), overrides)
  return await runCommand(plan, args, { appValues: lifecycle.appValues, host, print, signal })
}
