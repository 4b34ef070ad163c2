import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { programFile } from '../packageFiles.ts'

/** The flags a child needs to run what this process runs, TypeScript included. */
export function childFlags(): string[] {
  // Node from 22.18 on leaves out types by itself; before, it does so only when told, and warns of it.
  const flags = stripsTypes() ? [] : ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  return [...process.execArgv, ...flags]
}

/** The program that serves on behalf of a parent. */
export function childProgram(): string {
  return fileURLToPath(programFile('cli/child'))
}

/** Whether this process can import the entry. */
export function canImport(entry: string): boolean {
  return stripsTypes() || !/\.[mc]?ts$/.test(entry)
}

/** Runs the same command in a Node that can import TypeScript, and returns its exit code. */
export function runAgain(): number {
  const { status, error } = spawnSync(process.execPath, [...childFlags(), ...process.argv.slice(1)], {
    stdio: 'inherit',
  })
  if (error) throw error
  return status ?? 1
}

function stripsTypes(): boolean {
  return Boolean(process.features.typescript)
}
