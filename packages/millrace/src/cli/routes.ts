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
  readonly sort?: SortKey
}

/** What operations can be sorted by. Without it they come in the order of their registration. */
export const sortKeys = ['path', 'method', 'operation', 'tags'] as const

export type SortKey = (typeof sortKeys)[number]

/** Lists the operations of an app. */
export async function routes({ entry, app: name, all = false, json = false, sort }: RoutesCommand): Promise<number> {
  const file = findEntry(entry)
  if (!canImport(file)) return runAgain()
  const plans = await withQuietOutput(async () => {
    const app = await loadApp(file, name)
    return [...app.plans, ...app.socketPlans]
  })
  const shown = plans
    .filter(({ docs }) => all || !docs.hidden)
    .map(({ method, path, docs: { operationId, tags, summary } }) => ({ method, path, operationId, tags, summary }))
  if (sort) shown.sort(by(sort))
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

type Row = {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly tags: readonly string[]
}

/** Of two that are alike in it, the path decides, then the method. */
function by(sort: SortKey): (one: Row, other: Row) => number {
  const values = {
    path: () => '',
    method: ({ method }: Row) => method,
    operation: ({ operationId }: Row) => operationId,
    tags: ({ tags }: Row) => tags.join(', '),
  }
  const text = (row: Row) => [values[sort](row), row.path, row.method]
  return (one, other) => {
    const [first, second] = [text(one), text(other)]
    const index = first.findIndex((value, at) => value !== second[at])
    return index < 0 ? 0 : (first[index] as string) < (second[index] as string) ? -1 : 1
  }
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
