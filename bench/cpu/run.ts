import { install } from '../http/install.ts'
import { servers } from '../http/servers.ts'
import { workloads } from '../http/workloads.ts'
import { allNamed, chosen, optionsOf, positive } from '../process/options.ts'
import { figure, withSpread } from '../report/figure.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { cpuOf } from './cpuOf.ts'

const values = optionsOf({
  server: { type: 'string', multiple: true },
  workload: { type: 'string', multiple: true, default: ['W1', 'W2', 'W3', '422'] },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '2' },
})
const rounds = positive(values.rounds, 'rounds')
const seconds = positive(values.seconds, 'seconds')
const where = machine()
const note = (line: string) => console.error(line)
const wanted = values.server ?? servers.filter((server) => server.install === 'repository').map(({ name }) => name)
const named = chosen(wanted, allNamed(servers), 'server')
const asked = servers.filter(({ name, runtime }) => named.includes(name) && runtime === 'Node')
const measured = await install(asked, note)
const names = chosen(values.workload, allNamed(workloads), 'workload')

const found = new Map<string, number[]>()
const keyOf = (server: string, workload: string) => `${workload} ${server}`
for (let round = 1; round <= rounds; round++)
  for (const request of names)
    for (const { name, file } of measured) {
      const us = await cpuOf({
        file: new URL(`../http/${file}`, import.meta.url),
        request,
        seconds,
      })
      found.set(keyOf(name, request), [...(found.get(keyOf(name, request)) ?? []), us])
      note(`round ${round}  ${request}  ${name.padEnd(18)} ${us.toFixed(2)} µs`)
    }

const rows = measured.map(({ name }) => [
  name,
  ...names.map((request) => withSpread(figure(found.get(keyOf(name, request)) as number[]), 1)),
])
console.log(`\n${machineLine(where)}\n\n${table(['CPU µs a request, client included', ...names], rows)}`)
