import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { servers } from '../http/servers.ts'
import { figure, withSpread } from '../report/figure.ts'
import { type Machine, machine, machineLine } from '../report/machine.ts'
import { cpuOf } from './cpuOf.ts'

// Fails when W2 has become slower beside Fastify than what `results/check.json` records. Processor time is
// compared, of measurements that follow one another: other work on the machine reaches both sides, and the median
// of the rounds leaves out the round in which it did not.
const ours = ['millrace-http', 'millrace-net'] as const
const least = 0.85
const rounds = { pass: 3, fail: 5, record: 9 }

/** Fastify's processor time for a request of W2 in relation to ours. */
type Ratios = Readonly<Record<(typeof ours)[number], number>>
interface Recorded extends Machine {
  readonly ratios: Ratios
}

const { values } = parseArgs({ options: { record: { type: 'boolean', default: false } } })
const file = new URL('../results/check.json', import.meta.url)
const where = machine()
console.log(machineLine(where))
const measured: Record<(typeof ours)[number], number[]> = { 'millrace-http': [], 'millrace-net': [] }
if (values.record) record(await measure(rounds.record))
else await check((JSON.parse(readFileSync(file, 'utf8')) as Recorded).ratios)

function record(ratios: Ratios): void {
  writeFileSync(file, `${JSON.stringify({ ...where, ratios } satisfies Recorded, null, 2)}\n`)
}

async function check(recorded: Ratios): Promise<void> {
  const slower = (ratios: Ratios) => ours.filter((name) => ratios[name] < least * recorded[name])
  // What looks slow is looked at longer before it fails.
  const first = slower(await measure(rounds.pass))
  const failed = first.length === 0 ? first : slower(await measure(rounds.fail - rounds.pass))
  for (const name of ours) {
    const now = withSpread(figure(measured[name]), 2)
    console.log(`${name}: ${now} times as fast as Fastify in W2, ${recorded[name]} recorded`)
  }
  if (failed.length === 0) return
  console.error(
    `${failed.join(' and ')} fell under ${least} of the recorded ratio. Find what has become slower with \`npm run parts -w bench\`, or record the new ratios with \`npm run bench:check -- --record\` and say why.`,
  )
  process.exitCode = 1
}

/** Adds rounds to what is measured. Returns the medians of all of them. */
async function measure(count: number): Promise<Ratios> {
  for (let round = 1; round <= count; round++) {
    const fastify = await cpuOfServer('fastify')
    for (const name of ours) measured[name].push(fastify / (await cpuOfServer(name)))
  }
  const medianOf = (name: (typeof ours)[number]) => figure(measured[name]).median
  return { 'millrace-http': medianOf('millrace-http'), 'millrace-net': medianOf('millrace-net') }
}

function cpuOfServer(name: string): Promise<number> {
  const server = servers.find((one) => one.name === name)
  return cpuOf({ file: new URL(`../http/${server?.file}`, import.meta.url), request: 'W2', seconds: 1.5 })
}
