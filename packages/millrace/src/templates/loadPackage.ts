import { StartupError } from '../errors/StartupError.ts'

/** Loads an optional package. @throws {StartupError} `missing_package` */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new StartupError('missing_package', `${name}() needs the package '${name}': npm install ${name}`, {
      cause: error,
    })
  }
}
