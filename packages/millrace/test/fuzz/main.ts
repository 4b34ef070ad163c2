// Compares our transport with Node's on bytes that chance has made: `npm run fuzz -- --seconds 60 [--seed 1]`.
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const endMs = performance.now() + Number(values.seconds) * 1_000
console.log(`seed=${seed}`)
const { cases, chosen, stricter, differences } = await fuzz(seed, () => performance.now() < endMs)
for (const difference of differences.slice(0, 20)) console.log(difference)
for (const [name, count] of [...chosen].sort((one, other) => other[1] - one[1]))
  console.log(`${String(count).padStart(8)}  ${name}`)
console.log(`cases=${cases} differences=${differences.length} stricter=${stricter}`)
process.exitCode = differences.length === 0 ? 0 : 1
