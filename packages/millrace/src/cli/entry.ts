import { statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { CliError } from './CliError.ts'

/** What is looked for where no entry is named, in this order. */
export const entryNames: readonly string[] = [
  'app.ts',
  'main.ts',
  'server.ts',
  'src/app.ts',
  'src/main.ts',
  'src/server.ts',
]

/** Where a compiled app stands beside its source, the source is meant: every `.ts` comes before any `.js`. */
const extensions = ['.ts', '.js', '.mjs']

/**
 * The absolute path of the file that exports the app.
 *
 * @param given a file, or a folder to look into; without it the current folder is looked into
 * @throws {CliError} when there is none
 */
export function findEntry(given: string | undefined): string {
  const path = resolve(given ?? '.')
  const kind = kindOf(path)
  if (kind === 'file') return path
  if (kind === undefined) throw new CliError('entry', `There is no file ${shown(path)}`)
  for (const extension of extensions) {
    for (const name of entryNames) {
      const candidate = join(path, name.replace(/\.ts$/, extension))
      if (kindOf(candidate) === 'file') return candidate
    }
  }
  const place = given === undefined ? 'this folder' : shown(path)
  throw new CliError(
    'entry',
    `There is no app in ${place}. Looked for ${entryNames.join(', ')}, and the same as .js and .mjs.\n` +
      'Name the file that exports it, such as: millrace dev path/to/app.ts',
  )
}

/** A path as the user would write it: relative where it lies below the current folder. */
export function shown(path: string): string {
  const fromHere = relative('', path)
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  return stats.isDirectory() ? 'folder' : 'file'
}
