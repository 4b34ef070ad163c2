import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Every file below a folder whose path fits a pattern, sorted. */
export function filesOf(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
