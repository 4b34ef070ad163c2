import { createRequire } from 'node:module'
import { StartupError } from '../../errors/StartupError.ts'

/** The package `jose`, which is optional. */
export type Jose = typeof import('jose')

const require = createRequire(import.meta.url)

/** Loads it. @throws {StartupError} `missing_package` */
export function loadJose(neededBy: string): Jose {
  try {
    // Not imported: it is optional, and a guard is made without waiting.
    return require('jose') as Jose
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new StartupError('missing_package', `${neededBy} needs the package 'jose': npm install jose`, {
      cause: error,
    })
  }
}
