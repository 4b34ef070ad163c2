import { type AppCommand, makeCommand } from '../command/command.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Callable } from '../plan/dependency.ts'

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
