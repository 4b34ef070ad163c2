// This file stands in `src`, and built as a file of its own in `dist` (scripts/buildCode.ts), so that what is said
// here relative to it holds in both. Other code may have been built into any file, and asks here.
const here = import.meta.url
const extension = here.endsWith('.ts') ? 'ts' : 'js'

/** A file or folder of the package: `packageFile('python/runner.py')`. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, here)
}

/** A program of the package, of which a thread or a process is started: `programFile('cli/child')`. */
export function programFile(name: string): URL {
  return new URL(`./${name}.${extension}`, here)
}

/** The folder of the code itself: `src`, or `dist` in the built package. */
export const codeFolder: URL = new URL('./', here)
