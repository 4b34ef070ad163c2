import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { packageFile } from '../packageFiles.ts'
import type { commandsHere } from './command.ts'
import { keepCompiled } from './compileCache.ts'
import { entryNames } from './entry.ts'
import {
  type ConnectionOptions,
  envFileOption,
  toCount,
  toDescriptor,
  toFileMode,
  toMilliseconds,
  toPort,
  withConnectionOptions,
} from './options.ts'
import { type SortKey, sortKeys } from './routes.ts'

const entryText = `file that exports the app (default: the first of ${entryNames.join(', ')}, or the same as .js or .mjs)`

const appText =
  "name of the export that is the app, or a function that makes it (default: 'app', the default export, the only app, or the function 'createApp')"

/** Options of the app's own commands stand after their names. */
interface RootOptions {
  readonly entry?: string
  readonly app?: string
}

/**
 * What can be said on the command line; each command loads what it needs when it runs.
 *
 * @param own commands of the app, for the help
 */
export function program(own: Awaited<ReturnType<typeof commandsHere>>): Command {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string
  }
  const root: Command = new Command('millrace')
    .description('Serves, lists and describes Millrace apps.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .showHelpAfterError('Add --help to see what can be given.')
    .usage('[options] <command>')
    .enablePositionalOptions()
    .passThroughOptions()
    .argument('[command]', "one of the app's own commands")
    .argument('[arguments...]', 'what that command takes')
    .option('-e, --entry <file>', `${entryText}; before the command`)
    .option('-a, --app <name>', appText)
    .addOption(envFileOption())
    .action(async (name: string | undefined, argv: string[], options: RootOptions) => {
      if (name === undefined) return root.help({ error: true })
      const { command } = await import('./command.ts')
      end(await command({ entry: options.entry, app: options.app, name, argv }))
    })
    .addHelpText(
      'after',
      `${listed(own)}
Examples:
  $ millrace dev                        serve ./app.ts, and again after each change
  $ millrace start --workers 4          serve in production, on four processes
  $ millrace openapi --out openapi.json
  $ millrace shell                      try the app out, line by line

Exit codes: 0 done, 1 failed, 2 wrong usage.`,
    )

  const dev = withEntry(root.command('dev'))
    .summary('serve for development: reloads after each change')
    .description(
      'Serves the app for development. Starts it anew when a source file below this folder changes, shows errors with their file and line, and sets MILLRACE_ENV=development.',
    )
    .addOption(new Option('-p, --port <number>', 'port; 0 takes a free one').default(8000).argParser(toPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 is reachable from other machines', '127.0.0.1')
  withConnectionOptions(dev)
    .option('--no-access-log', 'does not show requests')
    .action(
      async (
        entry: string | undefined,
        options: ConnectionOptions & { app?: string; port: number; host: string; accessLog: boolean },
      ) => {
        keepCompiled()
        const { dev } = await import('./dev.ts')
        end(await dev({ ...options, entry, version }))
      },
    )

  const start = withEntry(root.command('start'))
    .summary('serve for production')
    .description(
      'Serves the app for production. SIGTERM and SIGINT let the requests that have begun end, then the exit code is 0; a second one ends at once.',
    )
    .addOption(
      new Option('-p, --port <number>', 'port; 0 takes a free one').default(8000).env('PORT').argParser(toPort),
    )
    .option('--host <address>', 'address to listen on; 127.0.0.1 is reachable from this machine alone', '0.0.0.0')
    .addOption(new Option('--unix <path>', 'listens on a Unix socket, whatever host and port are').conflicts('fd'))
    .addOption(
      new Option('--unix-mode <mode>', 'of its file, such as 660, which lets its group connect').argParser(toFileMode),
    )
    .addOption(
      new Option('--fd <number>', 'listens on a socket that is open already; the first of systemd is 3').argParser(
        toDescriptor,
      ),
    )
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
  withConnectionOptions(start)
    .option('--access-log', "logs each request by the app's logger, as the app's option accessLog does")
    .action(
      async (
        entry: string | undefined,
        options: ConnectionOptions & {
          app?: string
          port: number
          host: string
          unix?: string
          unixMode?: number
          fd?: number
          workers: number
          graceMs: number
          accessLog?: boolean
        },
      ) => {
        keepCompiled()
        const { start } = await import('./start.ts')
        const code = await start({ ...options, entry })
        // Without a code the server runs on; signals end it.
        if (code !== undefined) end(code)
      },
    )

  withEntry(root.command('routes'))
    .summary('list the operations')
    .description('Lists the operations of the app. The app is loaded, not started.')
    .addOption(new Option('--sort <key>', 'default: in the order of their registration').choices(sortKeys))
    .option('--all', 'hidden ones too, such as the docs pages')
    .option('--json', 'as JSON')
    .action(
      async (entry: string | undefined, options: { app?: string; all?: boolean; json?: boolean; sort?: SortKey }) => {
        const { routes } = await import('./routes.ts')
        end(await routes({ ...options, entry }))
      },
    )

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

  withEntry(root.command('asyncapi'))
    .summary('print the AsyncAPI document')
    .description('Prints the AsyncAPI document of the WebSockets of the app as JSON. The app is loaded, not started.')
    .option('-o, --out <file>', 'write it to a file')
    .action(async (entry: string | undefined, options: { app?: string; out?: string }) => {
      const { asyncapi } = await import('./asyncapi.ts')
      end(await asyncapi({ ...options, entry }))
    })

  withEntry(root.command('shell'))
    .summary('try the app out, line by line')
    .description(
      'Starts the app, and reads lines of JavaScript, in which there are app, client, request and deps: the app itself, a client of it, app.request, and the app-scoped dependencies by their names.',
    )
    .action(async (entry: string | undefined, options: { app?: string }) => {
      const { shell } = await import('./shell.ts')
      end(await shell({ ...options, entry }))
    })
  return root
}

function listed(own: Awaited<ReturnType<typeof commandsHere>>): string {
  if (own.length === 0) return ''
  const width = Math.max(...own.map(({ name }) => name.length))
  const lines = own.map(({ name, description = '' }) => `  ${name.padEnd(width)}  ${description}`.trimEnd())
  return `\nCommands of the app:\n${lines.join('\n')}\n`
}

function withEntry(command: Command): Command {
  return command.argument('[entry]', entryText).option('-a, --app <name>', appText).addOption(envFileOption())
}

/** What an app has opened may keep the process alive; a command that is done ends it. */
export function end(code: number): never {
  process.exit(code)
}
