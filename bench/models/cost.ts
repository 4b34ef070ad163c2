// npm run models:cost -w bench: what a request to a model costs, part by part, in processor time of each thread.
// The least of many slices, so that it can be run on a machine that has other work, too.
import { readdirSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { App } from 'millrace'
import { inline, model, python, type RuntimeFactory, workers } from 'millrace/models'
import { z } from 'zod'
import { load } from './processes.ts'

const callers = 64
const batchSize = 32
const item = Array.from({ length: 64 }, (_, index) => Math.sin(index))
const moduleUrl = new URL('./cost.model.ts', import.meta.url)

/** Runs slices of some items each, and keeps the one that took least. */
async function measure(what: string, slices: number, slice: () => Promise<number>): Promise<void> {
  let loopUs = Number.POSITIVE_INFINITY
  let allUs = Number.POSITIVE_INFINITY
  for (let index = 0; index < slices; index++) {
    const loop = process.threadCpuUsage()
    const all = cpuUs()
    const items = await slice()
    const { user, system } = process.threadCpuUsage(loop)
    loopUs = Math.min(loopUs, (user + system) / items)
    allUs = Math.min(allUs, (cpuUs() - all) / items)
  }
  console.log(`${what.padEnd(62)} ${loopUs.toFixed(1).padStart(6)} ${allUs.toFixed(1).padStart(6)}`)
}

/** Processor time of this process and those that it has started and that still run, but for the load's. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system + pythons().reduce((sum, pid) => sum + ranUs(pid), 0)
}

/** The Python processes of this one: the kernel knows the children of each of its threads. */
function pythons(): string[] {
  const tasks = readdirSync('/proc/self/task')
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
  return children.filter((pid) => pid && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('python'))
}

/** How long all threads of a process have run: its `schedstat` has nanoseconds. */
function ranUs(pid: string): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const times = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e3
}

/** Calls from as many callers as the benchmark has connections, until so many are answered. */
async function callAll(call: () => Promise<unknown>, items: number): Promise<number> {
  let left = items
  const caller = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return items
}

async function measureModel(what: string, runtime: RuntimeFactory, input: unknown): Promise<void> {
  const tried = model({ name: 'tried', input: z.any(), output: z.any(), runtime, batch: { maxSize: batchSize } })
  await tried.open()
  await measure(what, 12, () => callAll(() => tried.run(input), 10_000))
  await tried.close()
}

async function measureBareThread(what: string, input: unknown): Promise<void> {
  const worker = new Worker(new URL('./direct.ts', import.meta.url), { workerData: { module: moduleUrl.href } })
  await new Promise((resolve) => worker.once('message', resolve))
  const batch = Array.from({ length: batchSize }, () => input)
  await measure(what, 12, async () => {
    for (let index = 0; index < 320; index++) {
      worker.postMessage({ batch })
      await new Promise((resolve) => worker.once('message', resolve))
    }
    return 320 * batchSize
  })
  await worker.terminate()
}

/** A server in this process, asked from another one. */
async function measureHttp(what: string, runtime?: RuntimeFactory): Promise<void> {
  const app = new App({ logger: false })
  const body = z.object({ item: z.array(z.number()) })
  const response = z.object({ output: z.array(z.number()) })
  if (runtime) {
    const mlp = model({
      name: 'mlp',
      input: z.array(z.number()).length(64),
      output: z.array(z.number()),
      runtime,
      batch: { maxSize: batchSize },
    })
    app.post('/predict', { body, response, deps: { mlp } }, async ({ body, mlp }) => ({
      output: (await mlp.run(body.item)) as number[],
    }))
  } else app.post('/predict', { body, response }, () => ({ output: [0, 0, 0, 0, 0, 0, 0, 0] }))
  const server = await app.listen({ port: 0, host: '127.0.0.1', signals: false })
  const port = Number(new URL(server.url).port)
  const job = { port, path: '/predict', method: 'POST', body: JSON.stringify({ item }) } as const
  await measure(what, 8, async () => {
    const { accepted } = await load({ ...job, mode: 'closed', connections: callers, seconds: 1 })
    return accepted
  })
  await server.close()
}

/** What it costs to refuse a request, and to read no body. */
async function measureRefusals(what: string): Promise<void> {
  const measured = Promise.withResolvers<unknown[]>()
  const full = model({
    name: 'full',
    input: z.any(),
    output: z.any(),
    runtime: inline({ run: () => measured.promise }),
    queue: { maxSize: 1, deadlineMs: Number.POSITIVE_INFINITY },
    batch: { timeoutMs: Number.POSITIVE_INFINITY },
  })
  const app = new App({ logger: false })
  app.post('/predict', { body: z.object({ item: z.array(z.number()) }), deps: { full } }, ({ full }) => full.run(0))
  const server = await app.listen({ port: 0, host: '127.0.0.1', signals: false })
  const occupied = full.run(0)
  const port = Number(new URL(server.url).port)
  const job = { port, path: '/predict', method: 'POST', body: JSON.stringify({ item }) } as const
  await measure(what, 8, async () => {
    const { refused } = await load({ ...job, mode: 'closed', connections: callers, seconds: 1 })
    return refused
  })
  measured.resolve([0])
  await occupied
  await server.close()
}

/** How long the model's thread waits between two batches while more than enough is queued. */
async function measureGaps(what: string, call: (run: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
  process.env['BENCH_BATCH_MS'] = '5'
  const runtime = workers<unknown, number[]>(moduleUrl)
  const busy = model({ name: 'busy', input: z.any(), output: z.any(), runtime, batch: { maxSize: batchSize } })
  await busy.open()
  delete process.env['BENCH_BATCH_MS']
  const ended = new Map<number, number>()
  await callAll(async () => {
    const [beganMs, endedMs] = (await call(() => busy.run(item))) as [number, number]
    ended.set(beganMs, endedMs)
  }, 300 * batchSize)
  await busy.close()
  const batches = [...ended].sort(([one], [other]) => one - other)
  const gaps = batches.slice(1).map(([beganMs], index) => beganMs - (batches[index]?.[1] as number))
  gaps.sort((one, other) => one - other)
  const [least, quarter, half] = [0, 0.25, 0.5].map((share) => (gaps[Math.floor(gaps.length * share)] as number) * 1e3)
  console.log(`${what.padEnd(62)} ${least?.toFixed(0)} / ${quarter?.toFixed(0)} / ${half?.toFixed(0)}`)
}

console.log(`${'processor time for an item, µs'.padEnd(62)} ${'loop'.padStart(6)} ${'all'.padStart(6)}`)
const nothing = () => inline({ run: (_, batch: unknown[]) => batch.map(() => [0, 0, 0, 0, 0, 0, 0, 0]) })
await measureModel('queue and batches, a model in the event loop', nothing(), item)
await measureBareThread('64 numbers in a list to a bare thread, 32 at a time', item)
await measureBareThread('64 numbers in a Float32Array to a bare thread, 32 at a time', Float32Array.from(item))
await measureModel('64 numbers in a list to workers()', workers(moduleUrl), item)
await measureModel('64 numbers in a Float32Array to workers()', workers(moduleUrl), Float32Array.from(item))
const pythonModel = new URL('./cost.py', import.meta.url)
await measureModel('64 numbers in a list to python()', python(pythonModel), item)
await measureModel('64 numbers in a Float32Array to python()', python(pythonModel), Float32Array.from(item))
await measureHttp('HTTP, an answer without a model')
await measureRefusals('HTTP, refused with 503')
await measureHttp('HTTP, a model in the event loop', nothing())
await measureHttp('HTTP, workers()', workers(moduleUrl))
await measureHttp('HTTP, python()', python(pythonModel))
console.log('\nidle between two batches of the thread, µs: least / quarter / half of them')
await measureGaps('workers(), 64 callers in the process', (run) => run())
