import { optionsOf, positive } from '../process/options.ts'
import { soak } from './soak.ts'

/** What garbage collection and the allocator leave between two looks at a process at rest. */
const allowedRssMb = 48
const allowedHeapMb = 4
/** Of those whose clients stayed; a server that refuses everything would lose nothing either. */
const leastShareOfAnswers = 0.5

const values = optionsOf({
  requests: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
  clients: { type: 'string', default: '64' },
  'warm-up': { type: 'string', default: '5000' },
})
const startedAt = performance.now()
const report = await soak({
  requests: positive(values.requests, 'requests'),
  seed: Number(values.seed),
  clients: positive(values.clients, 'clients'),
  warmUp: Number(values['warm-up']),
})
const { requests, answered, left, lost, wrong, counters, missingLanes, restarts, swaps } = report
const { rssMb, rssGrowthMb, heapGrowthMb } = report
const seconds = (performance.now() - startedAt) / 1_000

console.log(`seed ${values.seed}, ${values.clients} clients, ${seconds.toFixed(0)} s, Node ${process.version}`)
console.log(
  `answered: ${Object.entries(answered)
    .map(([status, count]) => `${count} with ${status}`)
    .join(', ')}`,
)
console.log(`left before the end: ${left}`)
console.log(`workers that died and came back: ${restarts}; versions swapped while they ran: ${swaps}`)
for (const [message, count] of Object.entries(report.faults)) console.log(`logged ${count} times: ${message}`)
console.log(`memory: ${rssMb.toFixed(0)} MB; heap ${heapGrowthMb.toFixed(1)} MB more at the end than in the middle`)
for (const why of [...lost, ...wrong].slice(0, 20)) console.log(`fault: ${why}`)
for (const name of missingLanes) console.log(`fault: not every lane of the model '${name}' has come back`)
console.log(
  `requests=${requests} lost=${lost.length} wrong=${wrong.length} counters=${counters} rssGrowthMb=${rssGrowthMb.toFixed(1)}`,
)
const share = (answered[200] ?? 0) / (requests - left)
if (share < leastShareOfAnswers) console.log(`fault: only ${(share * 100).toFixed(0)} % were answered with 200`)
const isGood =
  share >= leastShareOfAnswers &&
  restarts > 0 &&
  swaps > 0 &&
  lost.length + wrong.length + counters + missingLanes.length === 0 &&
  rssGrowthMb <= allowedRssMb &&
  heapGrowthMb <= allowedHeapMb
process.exitCode = isGood ? 0 : 1
