import { dirname, extname, parse, relative, sep } from 'node:path'
import { watch } from 'chokidar'

/** Tells of changes to source files. */
export interface SourceWatcher {
  /** The file of the next change, or of one that came since the last call was answered. */
  next(): Promise<string>
  close(): Promise<void>
}

const sources = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json', '.py'])
const ignoredFolders = new Set(['node_modules', 'dist', 'coverage'])
/** An editor writes a file in steps, and several files one after the other. */
const settleMs = 30

/** Watches the current folder, and the entry's own if that lies elsewhere. Resolves when no change is missed any more. */
export async function watchSources(entry: string): Promise<SourceWatcher> {
  const here = process.cwd()
  const entryFolder = dirname(entry)
  // A container may run everything in `/`, which holds far more than the app.
  const isRoot = here === parse(here).root
  const roots = !isRoot && isInside(entry, here) ? [here] : isRoot ? [entryFolder] : [here, entryFolder]
  const watcher = watch(roots, {
    ignoreInitial: true,
    ignored: (path, stats) => isIgnored(path, roots) || (stats?.isFile() === true && !sources.has(extname(path))),
  })
  let changed: string | undefined
  let timer: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined
  watcher.on('all', (_event, path) => {
    if (!sources.has(extname(path))) return
    changed = path
    clearTimeout(timer)
    timer = setTimeout(() => wake?.(), settleMs)
  })
  watcher.on('error', (error) => {
    process.stderr.write(`Some changes will not be seen: ${error instanceof Error ? error.message : error}\n`)
  })
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  return {
    next: () =>
      new Promise((resolve) => {
        wake = () => {
          if (changed === undefined) return
          const path = changed
          changed = undefined
          wake = undefined
          resolve(path)
        }
        if (changed !== undefined) timer = setTimeout(() => wake?.(), settleMs)
      }),
    close: () => {
      clearTimeout(timer)
      return watcher.close()
    },
  }
}

/** Whether a path is hidden or holds no sources, seen from the root that it lies in. */
function isIgnored(path: string, roots: readonly string[]): boolean {
  const root = roots.find((one) => isInside(path, one))
  if (root === undefined) return false
  return relative(root, path)
    .split(sep)
    .some((part) => part.startsWith('.') || ignoredFolders.has(part))
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way.split(sep)[0] !== '..'
}
