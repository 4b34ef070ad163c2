import { execFile, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadCore, onCore } from './cores.ts'
import type { Ask } from './workloads.ts'

const run = promisify(execFile)

/** Keep-alive connections, each with one request at a time. */
export const connections = 64

/** What the load has seen. */
export interface Seen {
  readonly requests: number
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
}

type Load = (port: number, ask: Ask, seconds: number) => Promise<Seen>

const wrkVersion = /^wrk \S+/.exec(spawnSync('wrk', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[0]

/** What makes the load: `wrk` where it is installed, else autocannon, which is slower and may be the bottleneck. */
export const loadName: string = wrkVersion ?? 'autocannon'

/** Sends one request over and over for some seconds. @throws {Error} when any was not answered with 2xx or 3xx */
export const load: Load = wrkVersion ? withWrk : withAutocannon

const wrkScript = fileURLToPath(new URL('./wrk.lua', import.meta.url))

async function withWrk(port: number, { method, path, body }: Ask, seconds: number): Promise<Seen> {
  const asked = body === undefined ? [method] : [method, body]
  const flags = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`]
  const url = `http://127.0.0.1:${port}${path}`
  const output = await onLoadCore(['wrk', ...flags, '--script', wrkScript, url, '--', ...asked])
  const { requests, durationUs, p50Us, p99Us, failed } = JSON.parse(output.trim().split('\n').at(-1) as string)
  refuseFailures(failed, url)
  return { requests, rps: requests / (durationUs / 1e6), p50Ms: p50Us / 1e3, p99Ms: p99Us / 1e3 }
}

async function withAutocannon(port: number, { method, path, body }: Ask, seconds: number): Promise<Seen> {
  const program = createRequire(import.meta.url).resolve('autocannon')
  const sent = body === undefined ? [] : ['--body', body, '--headers', 'content-type: application/json']
  const flags = ['--json', '--connections', String(connections), '--duration', String(seconds), '--method', method]
  const url = `http://127.0.0.1:${port}${path}`
  const output = await onLoadCore([process.execPath, program, ...flags, ...sent, url])
  const { requests, duration, latency, errors, non2xx } = JSON.parse(output)
  refuseFailures(errors + non2xx, url)
  return { requests: requests.total, rps: requests.total / duration, p50Ms: latency.p50, p99Ms: latency.p99 }
}

async function onLoadCore(command: readonly string[]): Promise<string> {
  const [file, ...args] = onCore(loadCore, command)
  const { stdout } = await run(file as string, args)
  return stdout
}

function refuseFailures(failed: number, url: string): void {
  if (failed > 0) throw new Error(`${failed} requests to ${url} failed under load`)
}
