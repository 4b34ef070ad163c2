import type { Server } from '../http/servers.ts'
import { serverCore } from '../process/cores.ts'
import { startServer } from '../process/serverProcess.ts'
import { figure, round } from '../report/figure.ts'
import { empty } from './servers.ts'

/** With how many operations servers are started. */
const counts = [1, 500] as const

/** How one server starts. Numbers are medians. */
export interface StartRow {
  readonly server: string
  readonly routes: number
  /** From the start of the process to its first answer. */
  readonly firstAnswerMs: number
  /** That, over the same of an empty server on Node in the same round. */
  readonly overEmptyMs: number
  /** Processor time until then. */
  readonly cpuMs: number
  /** Memory then. */
  readonly idleMemoryMb: number
  /** The first call of every operation, one after the other. */
  readonly firstCallsMs: number
  /** Memory after that. */
  readonly memoryMb: number
}

/** Starts every server with few and many operations, again and again, and calls each operation once. */
export async function measureStart(
  servers: readonly Server[],
  rounds: number,
  note: (line: string) => void,
): Promise<StartRow[]> {
  const samples: StartRow[] = []
  for (let turn = 1; turn <= rounds; turn++) {
    const base = await sample(servers.find(({ name }) => name === empty) as Server, 0)
    samples.push(base)
    for (const server of servers.filter(({ name }) => name !== empty))
      for (const routes of counts) {
        const taken = await sample(server, routes)
        samples.push({ ...taken, overEmptyMs: taken.firstAnswerMs - base.firstAnswerMs })
        note(`round ${turn}  ${server.name.padEnd(16)} ${routes} routes: ${taken.firstAnswerMs.toFixed(0)} ms`)
      }
  }
  return [...Map.groupBy(samples, ({ server, routes }) => `${server} ${routes}`).values()].map(mediansOf)
}

async function sample(server: Server, routes: number): Promise<StartRow> {
  const env = { ...server.command.env, BENCH_ROUTES: String(routes) }
  const running = await startServer({ ...server.command, env, core: serverCore })
  try {
    const cpuMs = running.cpuSeconds() * 1_000
    const idleMemoryMb = running.rssMb()
    const start = performance.now()
    for (let index = 0; index < routes; index++) await callOnce(server.name, running.port, index)
    const firstCallsMs = performance.now() - start
    const { firstAnswerMs } = running
    return {
      server: server.name,
      routes,
      firstAnswerMs,
      overEmptyMs: 0,
      cpuMs,
      idleMemoryMb,
      firstCallsMs,
      memoryMb: running.rssMb(),
    }
  } finally {
    await running.stop()
  }
}

/** @throws {Error} for a wrong answer */
async function callOnce(server: string, port: number, index: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/operation${index}/a`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text":"corn","times":5,"tags":["flour"]}',
  })
  const text = await response.text()
  if (text !== '{"id":"a","score":2.5}') throw new Error(`${server} answers ${response.status} ${text}`)
}

function mediansOf(samples: readonly StartRow[]): StartRow {
  const { server, routes } = samples[0] as StartRow
  const median = (of: (row: StartRow) => number) => round(figure(samples.map(of)).median)
  return {
    server,
    routes,
    firstAnswerMs: median(({ firstAnswerMs }) => firstAnswerMs),
    overEmptyMs: median(({ overEmptyMs }) => overEmptyMs),
    cpuMs: median(({ cpuMs }) => cpuMs),
    idleMemoryMb: median(({ idleMemoryMb }) => idleMemoryMb),
    firstCallsMs: median(({ firstCallsMs }) => firstCallsMs),
    memoryMb: median(({ memoryMb }) => memoryMb),
  }
}
