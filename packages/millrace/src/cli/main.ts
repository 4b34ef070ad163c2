import { parseArgs } from 'node:util'
import { CommanderError } from 'commander'
import { CliError } from './CliError.ts'
import type { commandsHere } from './command.ts'
import { describeError } from './errorReport.ts'
import { end, program } from './program.ts'

// The reader of a pipe may leave early, as in `millrace routes | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'EPIPE' ? 0 : 1))

/** Those of the app are looked for only where they are shown: loading an app may take a while. */
async function commandsToList(): ReturnType<typeof commandsHere> {
  const rest = process.argv.slice(2).filter((word) => !['-h', '--help', 'help'].includes(word))
  const isHelp = rest.length < process.argv.length - 2 || rest.length === 0
  const { values, positionals } = parseArgs({
    args: rest,
    options: { entry: { type: 'string', short: 'e' }, app: { type: 'string', short: 'a' } },
    strict: false,
  })
  if (!isHelp || positionals.length > 0) return []
  const { commandsHere } = await import('./command.ts')
  return await commandsHere(values.entry as string | undefined, values.app as string | undefined)
}

try {
  await program(await commandsToList()).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? 0 : 2)
  if (error instanceof CliError && error.reason === 'usage') {
    process.stderr.write(`${error.report}\n`)
    end(2)
  }
  process.stderr.write(`${error instanceof CliError ? error.report : describeError(error)}\n`)
  end(1)
}
