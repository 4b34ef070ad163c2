import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { App } from 'millrace'
import { filesOf } from './circumstances.ts'
import { bytesOf, type RecordedApp } from './recording.ts'

/** Where the port of an app stands: `apps/body/tutorial001.ts`. */
export function portOf(app: string): URL {
  const [topic, ...rest] = app.split('.')
  return new URL(`../apps/${topic}/${rest.join('_')}.ts`, import.meta.url)
}

export function isPorted(app: string): boolean {
  return existsSync(portOf(app))
}

let made = 0

/** A port with all of its state anew. */
export async function makePort(app: string, exported: string): Promise<App> {
  const url = pathToFileURL(fileURLToPath(portOf(app)))
  url.search = `made=${made++}`
  const module: Readonly<Record<string, unknown>> = await import(url.href)
  if (module[exported] === undefined) throw new Error(`The port of ${app} has no export '${exported}'`)
  return module[exported] as App
}

/** A directory of its own to work in, with the files that the app was recorded with. */
export function enterDirectory({ name, cases }: RecordedApp, parent: string): void {
  const directory = join(parent, name)
  mkdirSync(directory, { recursive: true })
  for (const [file, number] of Object.entries(filesOf(name))) {
    const content = bytesOf(cases[number - 1]?.response_body ?? null)
    if (!content) throw new Error(`Case ${number} of ${name} has no body to make ${file} of`)
    writeFileSync(join(directory, file), content)
  }
  process.chdir(directory)
}
