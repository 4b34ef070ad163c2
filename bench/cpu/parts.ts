import { optionsOf, positive } from '../process/options.ts'
import { figure } from '../report/figure.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { cpuOf } from './cpuOf.ts'
import { steps, transports } from './variants.ts'

// Where the microseconds of W2 go: what each step adds to the one before it, by the least of all rounds.
const values = optionsOf({ rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } })
const rounds = positive(values.rounds, 'rounds')
const seconds = positive(values.seconds, 'seconds')
const where = machine()
const file = new URL('./variants.ts', import.meta.url)
const found = new Map<string, number[]>()
for (let round = 1; round <= rounds; round++)
  for (const transport of transports)
    for (const { name } of steps) {
      const variant = `${transport} ${name}`
      const us = await cpuOf({ file, variant, request: 'W2', seconds })
      found.set(variant, [...(found.get(variant) ?? []), us])
      console.error(`round ${round}  ${variant.padEnd(18)} ${us.toFixed(2)} µs`)
    }

const totalOf = (transport: string, at: number) =>
  at < 0 ? 0 : figure(found.get(`${transport} ${steps[at]?.name}`) as number[]).min
const rows = steps.map(({ about }, at) => [
  about,
  ...transports.map((transport) => (totalOf(transport, at) - totalOf(transport, at - 1)).toFixed(1)),
])
const whole = transports.map((transport) => totalOf(transport, steps.length - 1).toFixed(1))
const head = ['µs of W2', ...transports.map((transport) => `millrace-${transport}`)]
console.log(`\n${machineLine(where)}\n\n${table(head, [...rows, ['all of it', ...whole]])}`)
