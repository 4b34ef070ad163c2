import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Durations, measure, type Sample } from './measure.ts'
import { headOf, reportOf, tableOf } from './report.ts'
import { baseline, servers } from './servers.ts'
import { type Workload, workloads } from './workloads.ts'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    server: { type: 'string', multiple: true, default: Object.keys(servers) },
    workload: { type: 'string', multiple: true, default: workloads.map(({ name }) => name) },
  },
})
const rounds = Number(values.rounds ?? (values.all ? 7 : 3))
const durations: Durations = values.all ? { warmupS: 3, measureS: 5 } : { warmupS: 2, measureS: 2 }
const names = [...new Set([baseline, ...values.server])]
const chosen = workloads.filter(({ name }) => values.workload.includes(name))

const samples: Sample[] = []
for (let round = 1; round <= rounds; round++) {
  for (const [server, workload] of turns()) {
    const sample = await measure(server, workload, round, durations)
    samples.push(sample)
    const { rps, usPerRequest } = sample
    console.error(
      `round ${round}  ${workload.name}  ${server.padEnd(18)} ${Math.round(rps)}/s  ${usPerRequest.toFixed(1)} µs`,
    )
  }
}

const report = reportOf(samples, rounds)
console.log(`\n${headOf(report)}\n\n${tableOf(report)}`)
const file = new URL('../results/latest.json', import.meta.url)
mkdirSync(new URL('.', file), { recursive: true })
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
console.log(`\nWritten to ${fileURLToPath(file)}`)

/** Everything once: the servers of a workload stand close together, in an order that chance gives. */
function turns(): [string, Workload][] {
  return shuffled(chosen).flatMap((workload) => shuffled(names).map((name): [string, Workload] => [name, workload]))
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
