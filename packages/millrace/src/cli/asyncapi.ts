import { findEntry } from './entry.ts'
import { loadApp } from './loadApp.ts'
import { withQuietOutput } from './output.ts'
import { canImport, runAgain } from './runtime.ts'
import { writeDocument } from './writeDocument.ts'

interface AsyncApiCommand {
  readonly entry: string | undefined
  readonly app?: string
  readonly out?: string
}

/** Prints the AsyncAPI document of an app, or writes it to a file. */
export async function asyncapi({ entry, app: name, out }: AsyncApiCommand): Promise<number> {
  const file = findEntry(entry)
  if (!canImport(file)) return runAgain()
  return writeDocument(await withQuietOutput(async () => (await loadApp(file, name)).asyncapi()), out)
}
