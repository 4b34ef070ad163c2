import { load } from './load.ts'
import { startServer } from './serverProcess.ts'
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
  readonly rps: number
  readonly usPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Starts a server anew, verifies it, warms it up and measures it. Nothing else of ours is alive meanwhile. */
export async function measure(
  server: string,
  workload: Workload,
  round: number,
  { warmupS, measureS }: Durations,
): Promise<Sample> {
  const running = await startServer(server)
  try {
    await verify(server, running.port)
    await load(running.port, workload.request, warmupS)
    const before = await running.cpuUs()
    const { requests, rps, p50Ms, p99Ms } = await load(running.port, workload.request, measureS)
    const usPerRequest = ((await running.cpuUs()) - before) / requests
    return { server, workload: workload.name, round, rps, usPerRequest, p50Ms, p99Ms }
  } finally {
    await running.stop()
  }
}
