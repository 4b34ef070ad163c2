import { readFileSync, writeFileSync } from 'node:fs'
import { servers } from '../http/servers.ts'
import { optionsOf } from '../process/options.ts'
import { figure, round } from '../report/figure.ts'
import { type Machine, machine, machineLine } from '../report/machine.ts'
import { cpuOf } from './cpuOf.ts'

// Fails when W2 has become slower beside Fastify than what `results/check.json` records. Processor time is
// compared, of rounds in which each server has its turn: other work on the machine reaches all of them, and makes
// a measurement dearer, never cheaper, so the least of the rounds counts.
const ours = ['millrace-http', 'millrace-net'] as const
const rounds = { pass: 3, fail: 5, record: 8 }

/** Fastify's processor time for a request of W2 in relation to ours. */
type Ratios = Readonly<Record<(typeof ours)[number], number>>
interface Recorded extends Machine {
  readonly ratios: Ratios
}

const values = optionsOf({ record: { type: 'boolean', default: false } })
const file = new URL('../results/check.json', import.meta.url)
const where = machine()
console.log(machineLine(where))
const least = 0.85
const measured: Record<'fastify' | (typeof ours)[number], number[]> = {
  fastify: [],
  'millrace-http': [],
  'millrace-net': [],
}
if (values.record) record(await measure(rounds.record))
else await check((JSON.parse(readFileSync(file, 'utf8')) as Recorded).ratios)

function record(ratios: Ratios): void {
  writeFileSync(file, `${JSON.stringify({ ...where, ratios } satisfies Recorded, null, 2)}\n`)
}

async function check(recorded: Ratios): Promise<void> {
  const slower = (ratios: Ratios) => ours.filter((name) => ratios[name] < least * recorded[name])
  let ratios = await measure(rounds.pass)
  // What looks slow is looked at longer before it fails.
  if (slower(ratios).length > 0) ratios = await measure(rounds.fail - rounds.pass)
  for (const name of ours)
    console.log(
      `${name}: W2 takes Fastify ${ratios[name].toFixed(2)} times its processor time, the client's included; ${recorded[name]} recorded`,
    )
  const failed = slower(ratios)
  if (failed.length === 0) return
  console.error(
    `${failed.join(' and ')} fell under ${least} of the recorded ratio. Find what has become slower with \`npm run parts -w bench\`, or record the new ratios with \`npm run bench:check -- --record\` and say why.`,
  )
  process.exitCode = 1
}

/** Adds rounds to what is measured. Returns the ratios of the least of all of them. */
async function measure(count: number): Promise<Ratios> {
  for (let turn = 1; turn <= count; turn++) {
    for (const [name, found] of Object.entries(measured)) found.push(await cpuOfServer(name))
    console.log(
      Object.entries(measured)
        .map(([name, found]) => `${name} ${found.at(-1)?.toFixed(1)} µs`)
        .join(', '),
    )
  }
  const ratioOf = (name: (typeof ours)[number]) => figure(measured.fastify).min / figure(measured[name]).min
  return { 'millrace-http': round(ratioOf('millrace-http')), 'millrace-net': round(ratioOf('millrace-net')) }
}

function cpuOfServer(name: string): Promise<number> {
  const server = servers.find((one) => one.name === name)
  return cpuOf({ file: new URL(`../http/${server?.file}`, import.meta.url), request: 'W2', seconds: 1.5 })
}
