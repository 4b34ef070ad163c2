import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasCores } from '../process/cores.ts'
import { allNamed, chosen, optionsOf, positive } from '../process/options.ts'
import { hasAccounts } from '../process/serverProcess.ts'
import { chartOf } from '../report/chart.ts'
import { machine } from '../report/machine.ts'
import { install, versionsOf } from './install.ts'
import { loadName } from './load.ts'
import { type Durations, measure, type Sample } from './measure.ts'
import { headOf, type Report, rowsOf, tablesOf } from './report.ts'
import { baseline, type Server, servers } from './servers.ts'
import { type Workload, workloads } from './workloads.ts'

const values = optionsOf({
  all: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '5' },
  server: { type: 'string', multiple: true, default: servers.map(({ name }) => name) },
  workload: { type: 'string', multiple: true },
})
const short = ['W1', 'W2', 'W3']
const durations: Durations = values.all ? { warmupS: 2, measureS: 3 } : { warmupS: 1, measureS: 1 }
const wanted = values.workload ?? (values.all ? workloads.map(({ name }) => name) : short)
const rounds = positive(values.rounds, 'rounds')
/** How many servers are measured between two measurements of the baseline. */
const between = 5

if (!hasAccounts) throw new Error('The bench reads processor time and memory from /proc: run it on Linux')
const note = (line: string) => console.error(line)
const where = machine()
const names = chosen(wanted, allNamed(workloads), 'workload')
const named = chosen(values.server, allNamed(servers), 'server')
const asked = servers.filter(({ name }) => name !== baseline && named.includes(name))
const base = servers.find(({ name }) => name === baseline) as Server
const others = await install(asked, note)

const folder = new URL('../results/', import.meta.url)
mkdirSync(folder, { recursive: true })
const versions = versionsOf([base, ...others])
const samples: Sample[] = []
for (let round = 1; round <= rounds; round++) {
  for (const [server, workload] of turns(round)) await sample(server, workload, round)
  // After each round, so that a long run that is interrupted is not lost.
  keep(report())
}
console.log(`\n${headOf(report())}\n\n${tablesOf(report())}`)
console.log(`\nWritten to ${fileURLToPath(folder)}latest.json and chart.svg`)
if (values.all)
  for (const other of ['../start/run.ts', '../types/run.ts'])
    spawnSync(process.execPath, [fileURLToPath(new URL(other, import.meta.url))], { stdio: 'inherit' })

/** What is measured in a round, in an order that chance gives; the servers of a workload stand close together. */
function turns(round: number): [Server, Workload][] {
  // In the short form those of other runtimes, which no change of ours moves, are left out of every second round.
  const here = others.filter(({ runtime }) => values.all || runtime === 'Node' || round % 2 === 1)
  return shuffled(workloads.filter(({ name }) => names.includes(name))).flatMap((workload) =>
    withBase(shuffled(here.filter(({ only }) => only?.test(workload.name) ?? true))).map((one): [Server, Workload] => [
      one,
      workload,
    ]),
  )
}

/** The baseline first, and again after every few. */
function withBase(list: readonly Server[]): Server[] {
  return list.length === 0 ? [base] : list.flatMap((server, at) => (at % between === 0 ? [base, server] : [server]))
}

async function sample(server: Server, workload: Workload, round: number): Promise<void> {
  const taken = await measure(server, workload, round, durations)
  samples.push(taken)
  const { rps, usPerRequest } = taken
  note(
    `round ${round}  ${workload.name}  ${server.name.padEnd(18)} ${Math.round(rps)}/s  ${usPerRequest.toFixed(1)} µs`,
  )
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

function report(): Report {
  return {
    ...where,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, ''),
    load: `${loadName}, ${hasCores ? 'server and load on separate cores' : 'not bound to cores'}`,
    versions,
    rows: rowsOf(samples),
  }
}

function keep(found: Report): void {
  writeFileSync(new URL('latest.json', folder), `${JSON.stringify(found, null, 2)}\n`)
  writeFileSync(new URL('chart.svg', folder), chartOf(found))
}
