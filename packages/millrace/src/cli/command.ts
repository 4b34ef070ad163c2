import { once } from 'node:events'
import { CliError } from './CliError.ts'
import { findEntry, shown } from './entry.ts'
import { loadApp } from './loadApp.ts'
import { print, withQuietOutput } from './output.ts'
import { canImport, runAgain } from './runtime.ts'

/** Which app, and what stands after its options. */
export interface CommandOrder {
  readonly entry: string | undefined
  readonly app?: string | undefined
  readonly name: string
  readonly argv: readonly string[]
}

/** Runs a command that an app has of its own. @returns an exit code */
export async function command({ entry, app: exportName, name, argv }: CommandOrder): Promise<number> {
  const file = tryFindEntry(entry, name)
  if (!canImport(file)) return runAgain()
  const app = await loadApp(file, exportName)
  const found = app.commands.get(name)
  if (!found) throw unknown(name, `${shown(file)} has ${listed([...app.commands.keys()])}`)
  const separator = argv.indexOf('--')
  const own = separator < 0 ? argv : argv.slice(0, separator)
  if (own.includes('--help') || own.includes('-h')) {
    const { helpOf } = await import('../command/arguments.ts')
    await print(`${helpOf(found)}\n`)
    return 0
  }
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort(new Error(`Stopped by ${signal}`))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await app.runCommand(found, argv, { print: (text) => void process.stdout.write(`${text}\n`), signal: stop.signal })
  } catch (error) {
    // By its code, not its class: the entry may use another copy of the package.
    if ((error as { code?: unknown } | null)?.code !== 'invalid_arguments') throw error
    process.stderr.write(`error: ${(error as Error).message}\nAdd --help to see what can be given.\n`)
    return 2
  } finally {
    await app.stop()
  }
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
  return 0
}

/** The commands of the app in this folder, for the help; none where there is no app, or it cannot be loaded. */
export async function commandsHere(
  entry: string | undefined,
  exportName: string | undefined,
): Promise<readonly { readonly name: string; readonly description: string | undefined }[]> {
  try {
    const file = findEntry(entry)
    if (!canImport(file)) return []
    const { commands } = await withQuietOutput(() => loadApp(file, exportName))
    return [...commands.values()].map(({ name, spec }) => ({ name, description: spec.description }))
  } catch {
    // Help is for those with whom something does not work.
    return []
  }
}

function tryFindEntry(entry: string | undefined, name: string): string {
  try {
    return findEntry(entry)
  } catch (error) {
    if (entry !== undefined) throw error
    throw unknown(name, 'there is no app in this folder that could have it')
  }
}

function unknown(name: string, why: string): CliError {
  return new CliError('usage', `unknown command '${name}': ${why}\nAdd --help to see what can be given.`)
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no commands of its own' : `the commands ${names.join(', ')}`
}
