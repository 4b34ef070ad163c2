import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './pages.ts'

/** The type errors of all TypeScript files below a folder, one a line; empty where there are none. */
export async function typeErrors(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const config = { extends: join(root, 'tsconfig.json'), include: ['**/*.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    await promisify(execFile)(process.execPath, [tsc, '--project', folder, '--pretty', 'false'], { cwd: folder })
    return ''
  } catch (error) {
    // tsc tells of errors on stdout; anything else is a failure of the run itself.
    const { stdout } = error as { stdout?: string }
    if (!stdout) throw error
    return stdout.trim()
  }
}
