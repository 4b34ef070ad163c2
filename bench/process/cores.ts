import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The server has one core, the load another. */
export const serverCore = 0
export const loadCore = 1

/** Whether processes can be bound to cores: `taskset` of util-linux, and two cores. */
export const hasCores: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0

/** A command that runs on one core, where that can be had. */
export function onCore(core: number, command: readonly string[]): readonly string[] {
  return hasCores ? ['taskset', '--cpu-list', String(core), ...command] : command
}
