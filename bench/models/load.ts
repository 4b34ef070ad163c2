import { setTimeout as sleep } from 'node:timers/promises'
import { Connections } from './connections.ts'

// The process that makes the load: gets a job as JSON, prints what it has seen as JSON.

/** What the load is to be. */
export type LoadJob = {
  readonly port: number
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly body?: string
} & (
  | /** So many connections, one request at a time on each. */ {
      readonly mode: 'closed'
      readonly connections: number
      readonly seconds: number
      /** Between two requests of a connection. */
      readonly pauseMs?: number
    }
  | /** Requests come by chance (Poisson), whether those before are answered or not. */ {
      readonly mode: 'open'
      readonly perSecond: number
      readonly seconds: number
    }
  | /** So many at once; every second one leaves after a while. `body` has `TOKEN` in place of its number. */ {
      readonly mode: 'leave'
      readonly clients: number
      readonly afterMs: number
    }
)

/** What has come of it. Times are from when a request was to be sent, in milliseconds. */
export interface Seen {
  readonly sent: number
  readonly accepted: number
  readonly acceptedPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly refused: number
  readonly refusedP50Ms: number
  readonly refusedP99Ms: number
  /** 504. */
  readonly late: number
  /** Anything else, or no answer within 30 s. */
  readonly failed: number
  /** How long after they were due requests were sent, the latest hundredth of them: what the load itself could not do. */
  readonly sentLateP99Ms: number
  /** Processor time of the load, as a share of one core. */
  readonly loadCpuPercent: number
  /** When each client that left did so, by number: milliseconds since 1970. */
  readonly left: Readonly<Record<number, number>>
}

const job = JSON.parse(process.argv[2] ?? '') as LoadJob
const connections = new Connections(job.port, job.mode === 'closed' ? job.connections : 2_000)
const accepted: number[] = []
const refused: number[] = []
const sentLate: number[] = []
const left: Record<number, number> = {}
let sent = 0
let late = 0
let failed = 0

function requestOf(body: string | undefined): string {
  const { method, path } = job
  const entity =
    body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${entity}\r\n${body ?? ''}`
}

function ask(request: string, dueAt: number, leave?: { number: number; afterMs: number }): Promise<void> {
  sent++
  sentLate.push(performance.now() - dueAt)
  return new Promise((resolve) => {
    const goAway = connections.send(request, (status) => {
      const ms = performance.now() - dueAt
      if (status === 200) accepted.push(ms)
      else if (status === 503 || status === 429) refused.push(ms)
      else if (status === 504) late++
      else if (leave === undefined) failed++
      resolve()
    })
    if (leave)
      setTimeout(() => {
        left[leave.number] = Date.now()
        goAway()
      }, leave.afterMs)
  })
}

async function closed({ connections, seconds, pauseMs, body }: LoadJob & { mode: 'closed' }): Promise<void> {
  const request = requestOf(body)
  const end = performance.now() + seconds * 1_000
  const connection = async () => {
    while (performance.now() < end) {
      await ask(request, performance.now())
      if (pauseMs) await sleep(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, connection))
}

async function open({ perSecond, seconds, body }: LoadJob & { mode: 'open' }): Promise<void> {
  const request = requestOf(body)
  const startedAt = performance.now()
  const answers: Promise<void>[] = []
  for (let dueMs = 0; dueMs < seconds * 1_000; dueMs += (-Math.log(1 - Math.random()) * 1_000) / perSecond) {
    const waitMs = startedAt + dueMs - performance.now()
    // Timers are no finer: what is due within the next millisecond goes together. Time runs from when a request was
    // due, or from its sending where that came first.
    if (waitMs > 1) await sleep(waitMs)
    answers.push(ask(request, Math.min(startedAt + dueMs, performance.now())))
  }
  await Promise.all(answers)
}

async function leaving({ clients, afterMs }: LoadJob & { mode: 'leave' }): Promise<void> {
  const one = (_: unknown, index: number) => {
    const number = index + 1
    const body = job.body?.replace('TOKEN', `-${number}`)
    return ask(requestOf(body ?? ''), performance.now(), number % 2 === 0 ? { number, afterMs } : undefined)
  }
  await Promise.all(Array.from({ length: clients }, one))
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
if (job.mode === 'closed') await closed(job)
else if (job.mode === 'open') await open(job)
else await leaving(job)
const seconds = (performance.now() - startedAt) / 1_000
const { user, system } = process.cpuUsage(cpuBefore)
const seen: Seen = {
  sent,
  accepted: accepted.length,
  acceptedPerSecond: accepted.length / seconds,
  p50Ms: percentile(accepted, 0.5),
  p99Ms: percentile(accepted, 0.99),
  refused: refused.length,
  refusedP50Ms: percentile(refused, 0.5),
  refusedP99Ms: percentile(refused, 0.99),
  late,
  failed,
  sentLateP99Ms: percentile(sentLate, 0.99),
  loadCpuPercent: (user + system) / seconds / 10_000,
  left,
}
console.log(JSON.stringify(seen))
process.exit()
