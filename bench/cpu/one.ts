import { setTimeout as sleep } from 'node:timers/promises'
import type { Start } from '../http/servers.ts'
import { workload } from '../http/workloads.ts'
import { quantile } from '../report/figure.ts'
import { startClient } from './client.ts'

// The process of one measurement, started by cpuOf.ts: server and load in one, on one core.
const { file, variant, request, seconds } = JSON.parse(process.argv[2] as string)
const sliceMs = 100
const warmupMs = 1_500

const found: { readonly start: Start; readonly variants: Readonly<Record<string, Start>> } = await import(file)
const { port } = await (variant === undefined ? found.start : (found.variants[variant] as Start))(0)
const client = await startClient(port, workload(request))
await sleep(warmupMs)
const slices: number[] = []
for (const until = performance.now() + seconds * 1_000; performance.now() < until; ) {
  const answered = client.answered
  const usage = process.cpuUsage()
  await sleep(sliceMs)
  const { user, system } = process.cpuUsage(usage)
  if (client.answered > answered) slices.push((user + system) / (client.answered - answered))
}
// Other work on the machine makes slices dearer, and none cheaper.
console.log(
  quantile(
    slices.toSorted((one, other) => one - other),
    0.25,
  ),
)
process.exit()
