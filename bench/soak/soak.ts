import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Ending, send } from './client.ts'
import { type Item, lanes } from './items.ts'
import { requestOf } from './plan.ts'
import type { ServerState } from './serve.ts'

/** How long and how hard. */
export interface SoakOptions {
  readonly requests: number
  readonly seed: number
  /** Clients at the same time. */
  readonly clients: number
  /** Requests before those that count, because a process takes a while until its memory is as large as it gets. */
  readonly warmUp: number
}

/** What has become of it. */
export interface SoakReport {
  readonly requests: number
  readonly answered: Readonly<Record<number, number>>
  readonly left: number
  /** Requests without an answer. */
  readonly lost: readonly string[]
  /** Requests with an answer that is another's, or that must not be. */
  readonly wrong: readonly string[]
  /** Items still counted as queued or running when all is over. */
  readonly counters: number
  /** Models of which not every lane takes work again. */
  readonly missingLanes: readonly string[]
  readonly restarts: number
  /** New versions of the cached model, while it ran. */
  readonly swaps: number
  readonly rssMb: number
  /** From the middle to the end, both at rest and after garbage collection. */
  readonly rssGrowthMb: number
  readonly heapGrowthMb: number
  readonly faults: Readonly<Record<string, number>>
}

const program = fileURLToPath(new URL('./serve.ts', import.meta.url))
const settleMs = 20_000
const swapEachMs = 500

/** Sends requests of every kind to a server of its own, and looks at what it is like afterwards. */
export async function soak({ requests, seed, clients, warmUp }: SoakOptions): Promise<SoakReport> {
  const server = spawn(process.execPath, ['--conditions=millrace-source', '--expose-gc', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Threads that come and go would each leave an arena of glibc's allocator behind, which hides a leak of ours.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  try {
    const { port } = await answerOf<{ port: number }>(server)
    const { models } = await stateOf(server)
    const names = models.map(({ name }) => name)
    const versions = { leastVersion: 0 }
    const run = async (from: number, to: number) => {
      const swapping = swapAgainAndAgain(server, versions)
      try {
        return await inParallel(clients, from, to, (index) =>
          // Of the moment when it is sent: what is swapped meanwhile may answer, too.
          send(port, agent, requestOf(seed, index, names), { ...versions }),
        )
      } finally {
        await swapping.end()
      }
    }
    const missingLanes = new Set<string>()
    const rest = async () => {
      // A thread that is on its way back has not yet the memory that it will have.
      for (const name of names) if (!(await hasAllLanes(port, name))) missingLanes.add(name)
      return await atRest(server)
    }
    const half = Math.floor(requests / 2)
    await run(requests, requests + warmUp)
    const endings = await run(0, half)
    const middle = await rest()
    endings.push(...(await run(half, requests)))
    const end = await rest()
    return {
      ...summaryOf(endings),
      ...growthOf(middle, end),
      swaps: versions.leastVersion,
      missingLanes: [...missingLanes],
    }
  } finally {
    agent.destroy()
    await stop(server)
  }
}

/** Swaps the cached model, one version after the other, until it is told to end. */
function swapAgainAndAgain(server: ChildProcess, versions: { leastVersion: number }): { end(): Promise<void> } {
  let isOver = false
  const swap = async () => {
    do {
      server.send('swap')
      const { version } = await answerOf<{ version: number }>(server)
      versions.leastVersion = version
      await sleep(swapEachMs)
    } while (!isOver)
  }
  const swapped = swap()
  return {
    end: () => {
      isOver = true
      return swapped
    },
  }
}

/** Runs one after the other in each of so many lines. */
async function inParallel<T>(
  lines: number,
  from: number,
  to: number,
  one: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  let next = from
  const line = async () => {
    while (next < to) results.push(await one(next++))
  }
  await Promise.all(Array.from({ length: lines }, line))
  return results
}

/** The state once nothing is counted any more, or after a while in which that did not come. */
async function atRest(server: ChildProcess): Promise<ServerState> {
  const deadline = performance.now() + settleMs
  while (true) {
    const state = await stateOf(server)
    if (countersOf(state) === 0 || performance.now() > deadline) return state
    await sleep(50)
  }
}

function countersOf({ models }: ServerState): number {
  return models.reduce(
    (sum, { queued, running, reserved }) => sum + Math.abs(queued) + Math.abs(running) + Math.abs(reserved),
    0,
  )
}

/** Whether as many lanes answer at the same time as there are; one may be starting still. */
async function hasAllLanes(port: number, name: string): Promise<boolean> {
  const deadline = performance.now() + settleMs
  for (let attempt = 0; performance.now() < deadline; attempt++) {
    const seen = new Set<number>()
    const one = async (index: number) => {
      const item: Item = { token: `lane ${index}, attempt ${attempt}`.padEnd(600, '.'), act: 'none', ms: 50, pieces: 1 }
      const response = await fetch(`http://127.0.0.1:${port}/${name}/run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ items: [item] }),
      })
      const { lane } = (await response.json()) as { lane?: number }
      if (lane !== undefined) seen.add(lane)
    }
    // Too large to share a batch.
    await Promise.all(Array.from({ length: lanes }, (_, index) => one(index)))
    if (seen.size === lanes) return true
  }
  return false
}

function summaryOf(endings: readonly Ending[]) {
  const answered: Record<number, number> = {}
  for (const ending of endings)
    if (ending.kind === 'answered') answered[ending.status] = (answered[ending.status] ?? 0) + 1
  return {
    requests: endings.length,
    answered,
    left: endings.filter(({ kind }) => kind === 'left').length,
    lost: endings.flatMap((ending) => (ending.kind === 'lost' ? [ending.why] : [])),
    wrong: endings.flatMap((ending) => (ending.kind === 'wrong' ? [ending.why] : [])),
  }
}

function growthOf(middle: ServerState, end: ServerState) {
  return {
    counters: countersOf(end),
    restarts: end.models.reduce((sum, { restarts }) => sum + restarts, 0),
    rssMb: end.rssMb,
    rssGrowthMb: end.rssMb - middle.rssMb,
    heapGrowthMb: end.heapMb - middle.heapMb,
    faults: end.faults,
  }
}

function stateOf(server: ChildProcess): Promise<ServerState> {
  server.send('state')
  return answerOf<ServerState>(server)
}

async function answerOf<T>(server: ChildProcess): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  try {
    return await Promise.race([
      once(server, 'message', { signal }).then(([message]) => message as T),
      once(server, 'exit', { signal }).then(([code]) =>
        Promise.reject(new Error(`The server ended with code ${code}`)),
      ),
    ])
  } finally {
    controller.abort()
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.send('stop')
  await exited
}
