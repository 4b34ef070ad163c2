import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as processes from '../process/serverProcess.ts'
import type { LoadJob, Seen } from './load.ts'

export type ServerProcess = processes.ServerProcess

const run = promisify(execFile)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** One thread for the arithmetic of each process, as on every side of the comparison. */
const oneThread = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }

/** Starts a command with the port in its arguments (`PORT`) and in `BENCH_PORT`, and waits until it answers. */
export function startServer(
  command: readonly string[],
  ready: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  return processes.startServer({ command, ready, cwd: here('./peers/'), env: { ...oneThread, ...env } })
}

/** A Millrace server. */
export function startMillrace(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const command = [process.execPath, '--conditions=millrace-source', here('./serve.ts'), ...args]
  return startServer(command, '/readyz', { NODE_ENV: 'production', ...env })
}

/** Makes load from a process of its own. */
export async function load(job: LoadJob): Promise<Seen> {
  const { stdout } = await run(process.execPath, [here('./load.ts'), JSON.stringify(job)], { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}
