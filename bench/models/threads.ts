import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type AfterLeaving, item, JobLog, jobItem } from './jobs.ts'
import type { Seen } from './load.ts'
import { load, type ServerProcess, startMillrace } from './processes.ts'

/** A model in a worker thread: what Millrace adds to it, and what it does under stress. */
export interface ThreadsReport {
  readonly batching: {
    readonly rounds: readonly { readonly directPerSecond: number; readonly httpPerSecond: number }[]
    /** Of the rounds' ratios. */
    readonly medianRatio: number
    readonly direct: { readonly p50Ms: number; readonly p99Ms: number }
    readonly http: { readonly p50Ms: number; readonly p99Ms: number }
    readonly addedP50Ms: number
  }
  readonly saturation: { readonly livezP50Ms: number; readonly livezP99Ms: number; readonly probes: number }
  readonly idleCpuPercent: number
  readonly overload: {
    readonly deadlineMs: number
    readonly capacityPerSecond: number
    /** Of the server's processor time: what other work on the machine takes does not count. */
    readonly capacityPerCpuSecond: number
    readonly unloadedP99Ms: number
    readonly levels: readonly ({
      readonly times: number
      readonly acceptedPerCpuSecond: number
      readonly rssGrowthMb: number
      readonly recoveryMs: number
    } & Seen)[]
  }
  readonly disconnects: AfterLeaving
}

const post = { path: '/predict', method: 'POST', body: JSON.stringify({ item }) } as const
const fullBatch = Array.from({ length: 32 }, () => item)
/** A quarter of a million multiplications each, so that an item takes about a millisecond. */
const layers = { BENCH_LAYERS: '4' }
/** Three times as slow, so that five times its capacity is no trouble for the load. */
const slowLayers = { BENCH_LAYERS: '12' }
const deadlineMs = 500

export async function measureThreads(note: (line: string) => void): Promise<ThreadsReport> {
  const server = await startMillrace(['threads'], layers)
  try {
    const batching = await measureBatching(server, note)
    const saturation = await measureSaturation(server)
    note(`livez p99 while saturated: ${saturation.livezP99Ms.toFixed(1)} ms`)
    await sleep(500)
    const before = server.cpuSeconds()
    await sleep(2_000)
    const idleCpuPercent = ((server.cpuSeconds() - before) / 2) * 100
    note(`idle CPU: ${idleCpuPercent.toFixed(1)} %`)
    await server.stop()
    return {
      batching,
      saturation,
      idleCpuPercent,
      overload: await measureOverload(note),
      disconnects: await measureDisconnects(note),
    }
  } finally {
    await server.stop()
  }
}

async function measureBatching(
  server: ServerProcess,
  note: (line: string) => void,
): Promise<ThreadsReport['batching']> {
  const closed = (connections: number, seconds: number, pauseMs = 0) =>
    load({ ...post, port: server.port, mode: 'closed', connections, seconds, pauseMs })
  await closed(64, 2)
  const rounds = []
  for (let round = 0; round < 3; round++) {
    const directPerSecond = await directly(async (worker) => {
      const measure = async (seconds: number) =>
        (await answerOf<{ perSecond: number }>(worker, { batch: fullBatch, seconds })).perSecond
      await measure(1)
      return measure(3)
    })
    const { acceptedPerSecond, failed, refused } = await closed(64, 3)
    if (failed + refused > 0) throw new Error(`${failed + refused} of the requests of the batching run failed`)
    rounds.push({ directPerSecond, httpPerSecond: acceptedPerSecond })
    note(`batching: ${acceptedPerSecond.toFixed(0)}/s through HTTP, ${directPerSecond.toFixed(0)}/s directly`)
  }
  const ratios = rounds.map(({ directPerSecond, httpPerSecond }) => httpPerSecond / directPerSecond)
  const times = await directly(async (worker) => {
    const times: number[] = []
    for (let index = 0; index < 220; index++) {
      const startedAt = performance.now()
      await answerOf(worker, { batch: [item] })
      // As the load does, so that the processor is in the same state.
      if (index >= 20) times.push(performance.now() - startedAt)
      await sleep(5)
    }
    return times.sort((one, other) => one - other)
  })
  const direct = { p50Ms: times[times.length >> 1] as number, p99Ms: times[Math.floor(times.length * 0.99)] as number }
  const { p50Ms, p99Ms } = await closed(1, 2, 5)
  note(`low load: ${p50Ms.toFixed(2)} ms through HTTP, ${direct.p50Ms.toFixed(2)} ms directly`)
  return {
    rounds,
    medianRatio: ratios.sort((one, other) => one - other)[1] as number,
    direct,
    http: { p50Ms, p99Ms },
    addedP50Ms: p50Ms - direct.p50Ms,
  }
}

/** Asks for the process's health while it has more to do than it can. */
async function measureSaturation({ port }: ServerProcess): Promise<ThreadsReport['saturation']> {
  const [{ p50Ms, p99Ms, accepted }] = await Promise.all([
    load({ port, path: '/livez', method: 'GET', mode: 'closed', connections: 1, seconds: 4, pauseMs: 5 }),
    load({ ...post, port, mode: 'closed', connections: 64, seconds: 5 }),
  ])
  return { livezP50Ms: p50Ms, livezP99Ms: p99Ms, probes: accepted }
}

async function measureOverload(note: (line: string) => void): Promise<ThreadsReport['overload']> {
  const server = await startMillrace(['threads'], {
    ...slowLayers,
    BENCH_QUEUE: JSON.stringify({ maxSize: 96, deadlineMs }),
  })
  const { port } = server
  try {
    await load({ ...post, port, mode: 'closed', connections: 64, seconds: 2 })
    const used = server.cpuSeconds()
    const { acceptedPerSecond, accepted } = await load({ ...post, port, mode: 'closed', connections: 64, seconds: 3 })
    const capacityPerCpuSecond = accepted / (server.cpuSeconds() - used)
    const unloaded = await load({ ...post, port, mode: 'open', perSecond: acceptedPerSecond / 10, seconds: 3 })
    const levels = []
    for (const times of [1, 2, 5]) {
      const before = server.rssMb()
      const used = server.cpuSeconds()
      const seen = await load({ ...post, port, mode: 'open', perSecond: acceptedPerSecond * times, seconds: 5 })
      levels.push({
        times,
        ...seen,
        acceptedPerCpuSecond: seen.accepted / (server.cpuSeconds() - used),
        rssGrowthMb: server.rssMb() - before,
        recoveryMs: await recovery(port, unloaded.p99Ms * 2),
      })
      note(
        `overload ${times}x: ${seen.acceptedPerSecond.toFixed(0)}/s, p99 ${seen.p99Ms.toFixed(0)} ms, refused in ${seen.refusedP99Ms.toFixed(1)} ms`,
      )
    }
    return {
      deadlineMs,
      capacityPerSecond: acceptedPerSecond,
      capacityPerCpuSecond,
      unloadedP99Ms: unloaded.p99Ms,
      levels,
    }
  } finally {
    await server.stop()
  }
}

/** Milliseconds until a request is answered as fast as without load. */
async function recovery(port: number, withinMs: number): Promise<number> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < 30_000) {
    const askedAt = performance.now()
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', headers, body: post.body })
    await response.arrayBuffer()
    if (response.ok && performance.now() - askedAt <= withinMs) return performance.now() - startedAt
  }
  return Number.POSITIVE_INFINITY
}

async function measureDisconnects(note: (line: string) => void): Promise<AfterLeaving> {
  const log = new JobLog()
  const server = await startMillrace(['threads'], { ...layers, BENCH_LOG: log.file })
  try {
    const body = `{"item":${jobItem}}`
    const seen = await load({ ...post, body, port: server.port, mode: 'leave', clients: 64, afterMs: 100 })
    const result = log.afterLeaving(seen)
    note(`disconnects: ${result.begun} of ${result.left} begun after leaving`)
    return result
  } finally {
    await server.stop()
    log.remove()
  }
}

/** Works with the model in a thread without Millrace, which is ended then. */
async function directly<T>(work: (worker: Worker) => Promise<T>): Promise<T> {
  const worker = new Worker(new URL('./direct.ts', import.meta.url), {
    workerData: { module: new URL('./mlp.model.ts', import.meta.url).href },
    env: { ...process.env, ...layers },
  })
  try {
    await once(worker, 'message')
    return await work(worker)
  } finally {
    await worker.terminate()
  }
}

async function answerOf<T>(worker: Worker, message: { batch: readonly unknown[]; seconds?: number }): Promise<T> {
  const answer = once(worker, 'message')
  worker.postMessage(message)
  return (await answer)[0] as T
}
