import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadCore, onCore } from '../process/cores.ts'
import type { StreamsSeen } from './streams.ts'
import type { Asked, Workload } from './workloads.ts'

const run = promisify(execFile)

/** What the load has seen. */
export interface Seen {
  /** Requests, or events of streams. */
  readonly count: number
  readonly perSecond: number
  /** Of a request, or of a whole stream. */
  readonly p50Ms: number
  readonly p99Ms: number
}

type Load = (port: number, workload: Workload, seconds: number) => Promise<Seen>

const wrkVersion = /^wrk \S+/.exec(spawnSync('wrk', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[0]

/** What makes the load: `wrk` where it is installed, else autocannon, which is slower and may be the bottleneck. */
export const loadName: string = wrkVersion ?? 'autocannon'

/**
 * Asks for a workload over and over for some seconds.
 *
 * @throws {Error} when any request was lost, or not answered as it should be: with 2xx or 3xx, or with a refusal
 *   where that is the workload
 */
export const load: Load = (port, workload, seconds) => {
  if (workload.name === 'SSE') return withStreams(port, workload, seconds)
  return wrkVersion ? withWrk(port, workload, seconds) : withAutocannon(port, workload, seconds)
}

const wrkScript = fileURLToPath(new URL('./wrk.lua', import.meta.url))
const autocannonProgram = fileURLToPath(new URL('./autocannon.ts', import.meta.url))
const streamsProgram = fileURLToPath(new URL('./streams.ts', import.meta.url))

async function withWrk(port: number, workload: Workload, seconds: number): Promise<Seen> {
  const { method, path } = workload.requests[0] as Asked
  const asked = [method, ...workload.requests.flatMap(({ body }) => body ?? [])]
  const flags = ['--threads', '1', '--connections', String(workload.connections), '--duration', `${seconds}s`]
  const url = `http://127.0.0.1:${port}${path}`
  const output = await onLoadCore(['wrk', ...flags, '--script', wrkScript, url, '--', ...asked])
  const { requests, durationUs, p50Us, p99Us, lost, refused } = JSON.parse(output.trim().split('\n').at(-1) as string)
  refuseFailures(workload, url, requests, lost, refused)
  return { count: requests, perSecond: requests / (durationUs / 1e6), p50Ms: p50Us / 1e3, p99Ms: p99Us / 1e3 }
}

async function withAutocannon(port: number, workload: Workload, seconds: number): Promise<Seen> {
  const url = `http://127.0.0.1:${port}`
  const output = await onLoadCore([process.execPath, autocannonProgram, url, workload.name, String(seconds)])
  const { requests, duration, latency, errors, non2xx } = JSON.parse(output)
  refuseFailures(workload, url, requests.total, errors, non2xx)
  return { count: requests.total, perSecond: requests.total / duration, p50Ms: latency.p50, p99Ms: latency.p99 }
}

async function withStreams(port: number, { requests, connections }: Workload, seconds: number): Promise<Seen> {
  const url = `http://127.0.0.1:${port}${requests[0]?.path}`
  const output = await onLoadCore([process.execPath, streamsProgram, url, String(connections), String(seconds)])
  const { events, seconds: took, streamP50Ms, streamP99Ms }: StreamsSeen = JSON.parse(output)
  return { count: events, perSecond: events / took, p50Ms: streamP50Ms, p99Ms: streamP99Ms }
}

async function onLoadCore(command: readonly string[]): Promise<string> {
  const [file, ...args] = onCore(loadCore, command)
  const { stdout } = await run(file as string, args)
  return stdout
}

function refuseFailures(workload: Workload, url: string, requests: number, lost: number, refused: number): void {
  if (requests === 0) throw new Error(`${url} has answered nothing`)
  const wrong = workload.requests[0]?.expected === 'refused' ? requests - refused : refused
  if (lost + wrong > 0)
    throw new Error(`${lost} requests to ${url} were lost, and ${wrong} wrongly answered, of ${requests}`)
}
