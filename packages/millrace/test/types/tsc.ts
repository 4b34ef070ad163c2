import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))

/** This folder; fixtures that are made for a run go into its `.tmp`, which git ignores. */
export const typesFolder: string = fileURLToPath(new URL('.', import.meta.url))

/** What the compiler says of a project, whether it finds errors or not. */
export function tsc(project: string, options: readonly string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [join(folder, 'bin', 'tsc'), '-p', project, '--pretty', 'false', ...options]
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // A number is the compiler's own exit code; anything else means that it could not run.
      if (error && typeof error.code !== 'number') reject(new Error(stderr || error.message, { cause: error }))
      else resolve(stdout)
    })
  })
}
