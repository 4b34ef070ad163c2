import { writeFileSync } from 'node:fs'
import { install, versionsOf } from '../http/install.ts'
import { allNamed, chosen, optionsOf, positive } from '../process/options.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { measureStart } from './measureStart.ts'
import { empty, servers } from './servers.ts'

const values = optionsOf({ rounds: { type: 'string', default: '5' }, server: { type: 'string', multiple: true } })
const where = machine()
const note = (line: string) => console.error(line)
// The empty one is what the others are compared with.
const named = chosen(values.server, allNamed(servers), 'server')
const wanted = servers.filter(({ name }) => name === empty || named.includes(name))
const measured = await install(wanted, note)
const rows = await measureStart(measured, positive(values.rounds, 'rounds'), note)
const versions = versionsOf(measured)
writeFileSync(
  new URL('../results/start.json', import.meta.url),
  `${JSON.stringify({ ...where, rounds: positive(values.rounds, 'rounds'), versions, rows }, null, 2)}\n`,
)

const head = [
  'server',
  'routes',
  'first answer ms',
  'over empty Node ms',
  'CPU ms',
  'idle MB',
  'first call of each ms',
  'MB after that',
]
const cells = rows.map((row) => [
  row.server,
  String(row.routes),
  ...[row.firstAnswerMs, row.overEmptyMs, row.cpuMs, row.idleMemoryMb, row.firstCallsMs, row.memoryMb].map((value) =>
    value.toFixed(0),
  ),
])
const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
console.log(`\n${machineLine(where)}, ${values.rounds} rounds  \n${with_.join(', ')}\n\n${table(head, cells)}`)
