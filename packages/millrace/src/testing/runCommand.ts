import type { RunCommandOptions } from '../app/commands.ts'
import type { AppCommand } from '../command/command.ts'

/** What is needed of an app that has commands. */
export interface AppWithCommands {
  runCommand(command: AppCommand, argv: readonly string[], options?: RunCommandOptions): Promise<unknown>
}

/** What came of a command. */
export interface CommandOutcome {
  /** What it printed, each line with its end. */
  readonly output: string
  /** What its function returned. */
  readonly result: unknown
}

/**
 * Runs a command of an app as the command line does, and gives what it printed. An app that has not been started
 * is started for it; stop it at the end.
 *
 * @throws {CommandError} for arguments that do not fit, and what the command throws
 *
 * @example
 * const { output } = await runCommand(app, addStock, ['millstone', '--count', '2'])
 * expect(output).toBe('millstone: 5\n')
 */
export async function runCommand(
  app: AppWithCommands,
  command: AppCommand,
  argv: readonly string[] = [],
): Promise<CommandOutcome> {
  let output = ''
  const print = (text: string) => {
    output += `${text}\n`
  }
  const result = await app.runCommand(command, argv, { print })
  return { output, result }
}
