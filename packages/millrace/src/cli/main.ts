import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { CliError } from './CliError.ts'
import { entryNames } from './entry.ts'
import { describeError } from './errorReport.ts'

const entryText = `file that exports the app (default: the first of ${entryNames.join(', ')}, or the same as .js or .mjs)`

function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const root = new Command('millrace')
    .description('Serves, lists and describes Millrace apps.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .showHelpAfterError('Add --help to see what can be given.')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace dev                        serve ./app.ts, and again after each change
  $ millrace start --workers 4          serve in production, on four processes
  $ millrace openapi --out openapi.json

Exit codes: 0 done, 1 failed, 2 wrong usage.`,
    )

  withEntry(root.command('dev'))
    .summary('serve for development: reloads after each change')
    .description(
      'Serves the app for development. Starts it anew when a source file below this folder changes, shows errors with their file and line, and sets MILLRACE_ENV=development.',
    )
    .addOption(new Option('-p, --port <number>', 'port; 0 takes a free one').default(8000).argParser(toPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 is reachable from other machines', '127.0.0.1')
    .action(async (entry: string | undefined, options: { app?: string; port: number; host: string }) => {
      const { dev } = await import('./dev.ts')
      end(await dev({ ...options, entry, version }))
    })

  withEntry(root.command('start'))
    .summary('serve for production')
    .description(
      'Serves the app for production. SIGTERM and SIGINT let the requests that have begun end, then the exit code is 0; a second one ends at once.',
    )
    .addOption(
      new Option('-p, --port <number>', 'port; 0 takes a free one').default(8000).env('PORT').argParser(toPort),
    )
    .option('--host <address>', 'address to listen on; 127.0.0.1 is reachable from this machine alone', '0.0.0.0')
    .addOption(
      new Option('-w, --workers <count>', 'processes that share the port; one that crashes is started anew')
        .default(1)
        .argParser(toCount),
    )
    .addOption(
      new Option('--grace-ms <milliseconds>', 'for requests to end by themselves at shutdown')
        .default(10_000)
        .argParser(toMilliseconds),
    )
    .action(
      async (
        entry: string | undefined,
        options: { app?: string; port: number; host: string; workers: number; graceMs: number },
      ) => {
        const { start } = await import('./start.ts')
        const code = await start({ ...options, entry })
        // Without a code the server runs on; signals end it.
        if (code !== undefined) end(code)
      },
    )

  withEntry(root.command('routes'))
    .summary('list the operations')
    .description('Lists the operations of the app. The app is loaded, not started.')
    .option('--all', 'hidden ones too, such as the docs pages')
    .option('--json', 'as JSON')
    .action(async (entry: string | undefined, options: { app?: string; all?: boolean; json?: boolean }) => {
      const { routes } = await import('./routes.ts')
      end(await routes({ ...options, entry }))
    })

  withEntry(root.command('openapi'))
    .summary('print the OpenAPI document')
    .description('Prints the OpenAPI document of the app as JSON. The app is loaded, not started.')
    .option('-o, --out <file>', 'write it to a file')
    .addOption(new Option('--openapi-version <version>', "instead of the app's own").choices(['3.1', '3.2']))
    .action(
      async (entry: string | undefined, options: { app?: string; out?: string; openapiVersion?: '3.1' | '3.2' }) => {
        const { openapi } = await import('./openapi.ts')
        end(await openapi({ ...options, entry }))
      },
    )
  return root
}

function withEntry(command: Command): Command {
  return command
    .argument('[entry]', entryText)
    .option('-a, --app <name>', "name of the app's export (default: 'app', the default export, or the only app)")
}

function toPort(text: string): number {
  return toInteger(text, 0, 65_535, 'A port')
}

function toCount(text: string): number {
  return toInteger(text, 1, 1_024, 'The number of workers')
}

function toMilliseconds(text: string): number {
  return toInteger(text, 0, 2 ** 31 - 1, 'A time')
}

function toInteger(text: string, least: number, most: number, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`)
  return value
}

/** What an app has opened may keep the process alive; a command that is done ends it. */
function end(code: number): never {
  process.exit(code)
}

// The reader of a pipe may leave early, as in `millrace routes | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'EPIPE' ? 0 : 1))

try {
  await program().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? 0 : 2)
  process.stderr.write(`${error instanceof CliError ? error.report : describeError(error)}\n`)
  end(1)
}
