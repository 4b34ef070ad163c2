import { realpath } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import { isMissing, type OpenFile, openFile } from './source.ts'

/** What of a folder may be sent. */
export interface RootRules {
  /** Names that begin with a dot, such as `.env` and `.git`. Default false. */
  readonly allowDotfiles?: boolean
  /** Links that lead out of the folder. Default false. */
  readonly followSymlinks?: boolean
}

// On Windows a colon starts a drive or an alternate stream, and these names are devices.
const forbiddenOnWindows = /:|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * The real path of what a relative path names in a folder, its symbolic links resolved; `undefined` where it
 * names nothing, or something that must not be sent. Nothing has to be known of the path before: `..`, absolute
 * paths, backslashes and NUL lead nowhere.
 */
export async function pathInRoot(root: string, path: string, rules: RootRules = {}): Promise<string | undefined> {
  const names = path.split('/')
  if (isAbsolute(path) || names.some((name) => !isSafeName(name, rules))) return undefined
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(join(root, ...names))])
    if (rules.followSymlinks || real === realRoot || real.startsWith(realRoot + (realRoot.endsWith(sep) ? '' : sep)))
      return real
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return undefined
}

/** Opens the file that a relative path names in a folder; `undefined` where {@link pathInRoot} finds none. */
export async function openInRoot(root: string, path: string, rules?: RootRules): Promise<OpenFile | undefined> {
  const real = await pathInRoot(root, path, rules)
  return real === undefined ? undefined : openFile(real, true)
}

function isSafeName(name: string, { allowDotfiles = false }: RootRules): boolean {
  if (name === '' || name === '.' || name === '..' || /[\\\0]/.test(name)) return false
  if (name.startsWith('.') && !allowDotfiles) return false
  return process.platform !== 'win32' || !forbiddenOnWindows.test(name)
}
