import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Workload } from '../http/workloads.ts'
import { onCore, serverCore } from '../process/cores.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('./one.ts', import.meta.url))

/** What is measured. */
export interface Measured {
  /** A module that exports `start`, or `variants` of it by name. */
  readonly file: URL
  readonly variant?: string
  readonly request: Workload['name']
  readonly seconds: number
}

/**
 * Processor time of a request in microseconds, the client's and the kernel's included: a fresh process has both
 * server and load, and the quarter of its slices that was cheapest counts. It varies far less than what two
 * processes show, as nothing waits, and is good on a machine that has other work.
 */
export async function cpuOf({ file, ...measured }: Measured): Promise<number> {
  const job = JSON.stringify({ file: file.href, ...measured })
  const [command, ...args] = onCore(serverCore, [process.execPath, program, job])
  const { stdout } = await run(command as string, args, {
    env: { ...process.env, NODE_ENV: 'production' },
    timeout: 60_000,
  })
  return Number(stdout.trim().split('\n').at(-1))
}
