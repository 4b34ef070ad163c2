import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, file, sendFile } from 'millrace'
import { afterAll } from 'vitest'
import type { Served } from './serve.ts'

/** For the files of one file of tests. */
export const folder: string = mkdtempSync(join(tmpdir(), 'millrace-files-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** When all files were changed. */
export const changed: Date = new Date('2026-03-04T05:06:07Z')
export const lastModified = 'Wed, 04 Mar 2026 05:06:07 GMT'

/** Writes a file that was changed long ago. */
export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  utimesSync(path, changed, changed)
  return path
}

/** `0123456789`, ten times. */
export const hundred: string = write('hundred.txt', '0123456789'.repeat(10))
export const empty: string = write('empty.txt', '')

/** More than a transport takes at once, and no multiple of a piece. */
export const largeBytes: Uint8Array = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * 7) % 251)
export const large: string = write('large.bin', largeBytes)

export function filesApp(): App {
  const app = new App()
  app.get('/hundred', { response: file() }, () => sendFile(hundred))
  app.get('/large', { response: file() }, () => sendFile(large))
  app.get('/empty', { response: file() }, () => sendFile(empty))
  return app
}

/** The tag that a file gets. */
export function etagOf(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `"${size.toString(36)}-${Math.round(mtimeMs * 1_000).toString(36)}"`
}

export function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Status, the headers that are named, and the body. */
export async function ask(
  { request }: Served,
  path: string,
  headers: Record<string, string> = {},
  ...names: string[]
): Promise<Record<string, unknown>> {
  const response = await request(path, { headers })
  const found = Object.fromEntries(names.map((name) => [name, response.headers.get(name)]))
  return { status: response.status, ...found, body: await response.text() }
}
