import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version of a package as a file of this folder finds it. @throws {Error} when it is not installed */
export function versionOf(name: string, from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', name, 'package.json')
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version
  }
  throw new Error(`${name} is not installed`)
}
