import { findEntry } from './entry.ts'
import { loadApp } from './loadApp.ts'
import { withQuietOutput } from './output.ts'
import { canImport, runAgain } from './runtime.ts'
import { writeDocument } from './writeDocument.ts'

interface OpenApiCommand {
  readonly entry: string | undefined
  readonly app?: string
  readonly out?: string
  readonly openapiVersion?: '3.1' | '3.2'
}

/** Prints the OpenAPI document of an app, or writes it to a file. */
export async function openapi({ entry, app: name, out, openapiVersion }: OpenApiCommand): Promise<number> {
  const file = findEntry(entry)
  if (!canImport(file)) return runAgain()
  const document = await withQuietOutput(async () => {
    const app = await loadApp(file, name)
    return app.openapi(openapiVersion === undefined ? {} : { openapiVersion })
  })
  return writeDocument(document, out)
}
