import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * From now on, keeps of modules what V8 has compiled, and what is left of TypeScript without its types, for the next
 * start: in `node_modules/.cache/millrace` of the app, where nobody writes who could not change the packages themselves.
 * Where that cannot be written, nothing is kept. Child processes do the same.
 *
 * `NODE_COMPILE_CACHE` names another folder, and `NODE_DISABLE_COMPILE_CACHE=1` keeps nothing: both are Node's own.
 */
export function keepCompiled(folder: string = process.cwd()): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return
  const modules = modulesAbove(folder)
  if (modules === undefined) return
  const cache = join(modules, '.cache', 'millrace')
  if (enableCompileCache(cache).directory !== undefined) process.env['NODE_COMPILE_CACHE'] = cache
}

/** Writes what there is by now, for a process that may be killed without a chance to. */
export function writeCompiled(): void {
  flushCompileCache()
}

/** The packages that are found from a folder. */
function modulesAbove(folder: string): string | undefined {
  const modules = join(folder, 'node_modules')
  if (existsSync(modules)) return modules
  const parent = dirname(folder)
  return parent === folder ? undefined : modulesAbove(parent)
}
