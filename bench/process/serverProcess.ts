import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onCore } from './cores.ts'

/** Ticks of /proc, as on every Linux that Node runs on. */
const ticksPerSecond = 100
const startMs = 60_000

/** Whether processor time and memory of other processes can be read. */
export const hasAccounts: boolean = existsSync('/proc/self/stat')

/** How a server is started, in whatever language it is written. */
export interface ServerCommand {
  /** `PORT` in an argument becomes the port, which also stands in `BENCH_PORT`. */
  readonly command: readonly string[]
  /** A path that answers 200 as soon as the server is ready. */
  readonly ready: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The core that it is bound to. */
  readonly core?: number
}

/** A server in a process of its own, which may have children. */
export interface ServerProcess {
  readonly port: number
  /** From the start of the process to its first answer. */
  readonly firstAnswerMs: number
  /** Of the process and its children, in megabytes; 0 where there is no /proc. */
  rssMb(): number
  /** Processor time of the process and its children, in seconds; 0 where there is no /proc. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Starts a server and waits until it answers. @throws {Error} with what the process said, when it does not */
export async function startServer({ command, ready, cwd, env, core }: ServerCommand): Promise<ServerProcess> {
  const port = await freePort()
  const withPort = command.map((part) => part.replace('PORT', String(port)))
  const [file, ...args] = core === undefined ? withPort : onCore(core, withPort)
  const started = performance.now()
  const child = spawn(file as string, args, {
    cwd,
    // Its own group, so that nothing that it has started is left behind.
    detached: true,
    env: { ...process.env, BENCH_PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => (said = (said + chunk).slice(-2_000)))
  try {
    await untilReady(`http://127.0.0.1:${port}${ready}`, child)
  } catch (error) {
    await stop(child)
    throw new Error(`${withPort.join(' ')}: ${(error as Error).message}\n${said}`)
  }
  return {
    port,
    firstAnswerMs: performance.now() - started,
    rssMb: () => sum(child, (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024),
    cpuSeconds: () => sum(child, (pid) => ticksOf(pid) / ticksPerSecond),
    stop: () => stop(child),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = performance.now() + startMs; performance.now() < deadline; await sleep(4)) {
    if (child.exitCode !== null) throw new Error(`ended with code ${child.exitCode}`)
    const response = await fetch(url).catch(() => undefined)
    await response?.arrayBuffer()
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
    for (const next of read(`/proc/${pid}/task/${pid}/children`).split(' ')) if (next) left.push(Number(next))
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
