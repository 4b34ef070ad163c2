import { serverCore } from '../process/cores.ts'
import { startServer } from '../process/serverProcess.ts'
import { load } from './load.ts'
import type { Server } from './servers.ts'
import { verify } from './verify.ts'
import type { Workload } from './workloads.ts'

/** How long one server is warmed up and measured. */
export interface Durations {
  readonly warmupS: number
  readonly measureS: number
}

/** One server under one workload, once. */
export interface Sample {
  readonly server: string
  readonly workload: Workload['name']
  readonly round: number
  /** Requests a second, or events of streams. */
  readonly rps: number
  readonly usPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly firstAnswerMs: number
  /** Memory of the process before any load, and after it. */
  readonly idleMb: number
  readonly loadedMb: number
}

/** Starts a server anew, verifies it, warms it up and measures it. Nothing else of ours is alive meanwhile. */
export async function measure(
  server: Server,
  workload: Workload,
  round: number,
  { warmupS, measureS }: Durations,
): Promise<Sample> {
  const running = await startServer({ ...server.command, core: serverCore })
  const { port, firstAnswerMs } = running
  try {
    const idleMb = running.rssMb()
    await verify(server.name, port, [workload])
    await load(port, workload, warmupS)
    const before = running.cpuSeconds()
    const { count, perSecond, p50Ms, p99Ms } = await load(port, workload, measureS)
    const usPerRequest = ((running.cpuSeconds() - before) * 1e6) / count
    const loadedMb = running.rssMb()
    const of = { server: server.name, workload: workload.name, round }
    return { ...of, rps: perSecond, usPerRequest, p50Ms, p99Ms, firstAnswerMs, idleMb, loadedMb }
  } finally {
    await running.stop()
  }
}
