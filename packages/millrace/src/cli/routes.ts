import { findEntry } from './entry.ts'
import { loadApp } from './loadApp.ts'
import { print, withQuietOutput } from './output.ts'
import { paint } from './paint.ts'
import { canImport, runAgain } from './runtime.ts'

interface RoutesCommand {
  readonly entry: string | undefined
  readonly app?: string
  readonly all?: boolean
  readonly json?: boolean
}

/** Lists the operations of an app. */
export async function routes({ entry, app: name, all = false, json = false }: RoutesCommand): Promise<number> {
  const file = findEntry(entry)
  if (!canImport(file)) return runAgain()
  const plans = await withQuietOutput(async () => (await loadApp(file, name)).plans)
  const shown = plans
    .filter(({ docs }) => all || !docs.hidden)
    .map(({ method, path, docs: { operationId, tags, summary } }) => ({ method, path, operationId, tags, summary }))
  if (json) await print(`${JSON.stringify(shown, null, 2)}\n`)
  else if (shown.length === 0) await print('The app has no operations.\n')
  else
    await print(
      table(
        ['METHOD', 'PATH', 'OPERATION', 'TAGS', 'SUMMARY'],
        shown.map((one) => [one.method, one.path, one.operationId, one.tags.join(', '), one.summary ?? '']),
      ),
    )
  return 0
}

function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)))
  // A column that is empty throughout says nothing.
  const columns = widths.map((_, index) => index).filter((index) => rows.some((row) => row[index]))
  const line = (cells: string[]) =>
    columns
      .map((index) => cells[index]?.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint('dim', line(head), process.stdout), ...rows.map(line), ''].join('\n')
}
