import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { shown } from './entry.ts'
import { print } from './output.ts'

/** Prints a document as JSON, or writes it to a file. Returns the exit code. */
export async function writeDocument(document: object, out: string | undefined): Promise<number> {
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (out === undefined) {
    await print(text)
    return 0
  }
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, text)
  process.stderr.write(`Wrote ${shown(out)}\n`)
  return 0
}
