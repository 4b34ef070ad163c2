import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { LoadJob, Seen } from './load.ts'

const run = promisify(execFile)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** Ticks of /proc, as on every Linux that Node runs on. */
const ticksPerSecond = 100
const startMs = 60_000

/** A server in a process of its own, which may have children. */
export interface ServerProcess {
  readonly port: number
  /** Of the process and its children, in megabytes; 0 where there is no /proc. */
  rssMb(): number
  /** Processor time of the process and its children, in seconds; 0 where there is no /proc. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Starts a command with the port in its arguments (`PORT`) and in `BENCH_PORT`, and waits until it answers. */
export async function startServer(
  command: readonly string[],
  ready: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const port = await freePort()
  const [file, ...args] = command.map((part) => part.replace('PORT', String(port)))
  const child = spawn(file as string, args, {
    cwd: here('./peers/'),
    // Its own group, so that nothing that it has started is left behind.
    detached: true,
    // One thread for the arithmetic of each process, as on every side of the comparison.
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', BENCH_PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => (said = (said + chunk).slice(-2_000)))
  try {
    await untilReady(`http://127.0.0.1:${port}${ready}`, child)
  } catch (error) {
    await stop(child)
    throw new Error(`${command.join(' ')}: ${(error as Error).message}\n${said}`)
  }
  return {
    port,
    rssMb: () => sum(child, (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024),
    cpuSeconds: () => sum(child, (pid) => ticksOf(pid) / ticksPerSecond),
    stop: () => stop(child),
  }
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

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = performance.now() + startMs; performance.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`ended with code ${child.exitCode}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
  }
  throw new Error(`was not ready within ${startMs} ms`)
}

async function stop(child: ChildProcess): Promise<void> {
  const group = -(child.pid as number)
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(group, signal)
    } catch {
      // The whole group has gone.
    }
  }
  kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null)
    await Promise.race([once(child, 'exit'), sleep(5_000, undefined, { ref: false })])
  kill('SIGKILL')
}

function sum(child: ChildProcess, of: (pid: number) => number): number {
  let total = 0
  const left = [child.pid as number]
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    total += of(pid)
    for (const thread of read(`/proc/${pid}/task/${pid}/children`).split(' ')) if (thread) left.push(Number(thread))
  }
  return total
}

function ticksOf(pid: number): number {
  // After the name, which may have spaces, utime and stime are the 12th and 13th field.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
