import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ModelError } from '../errors.ts'

/**
 * Finds an optional package beside Millrace, or else where the app is: Millrace may be linked into an app from
 * a folder that has no way to the app's packages.
 *
 * @param neededBy who asks, for the message
 * @param folders of the app
 * @param hint said after how to install it
 * @throws {ModelError} when it is not installed
 */
export function locatePackage(name: string, neededBy: string, folders: readonly string[], hint = ''): string {
  for (const from of [import.meta.url, ...folders.map((folder) => join(folder, 'package.json'))]) {
    try {
      return createRequire(from).resolve(name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new ModelError('model_failed', `${neededBy} needs the package '${name}': npm install ${name}${hint}`)
}
