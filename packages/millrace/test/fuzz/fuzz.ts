import { judge, type Verdict } from './judge.ts'
import { mutate, packetsOf } from './mutate.ts'
import { type Delivery, observe } from './outcome.ts'
import { Random } from './random.ts'
import { closePair, type Pair, startPair } from './target.ts'

/** What was found. */
export interface Findings {
  cases: number
  /** Cases for each choice of ours that explains them, by its name. */
  readonly chosen: Map<string, number>
  /** How many of these we refuse and Node accepts. */
  stricter: number
  /** Bytes that are read in two ways without a reason, and what was made of them. */
  readonly differences: string[]
}

/** So many are under way at once. */
const lanes = 24
/** Turns of the event loop, for a second look at what seems to differ. */
const patience = 40

/** Sends the same packets to both transports, and compares. A difference is looked at twice. */
export async function compare(pair: Pair, bytes: string, delivery: Delivery): Promise<Verdict | string> {
  const look = (how: Delivery) => Promise.all([observe(pair.http, how), observe(pair.net, how)])
  const first = judge(bytes, ...(await look(delivery)))
  if (first !== 'different') return first
  const [http, net] = await look({ ...delivery, patience })
  const verdict = judge(bytes, http, net)
  if (verdict !== 'different') return verdict
  const packets = delivery.packets.map((packet) => packet.toString('latin1'))
  return JSON.stringify({ packets, endsAtOnce: delivery.endsAtOnce, http, net }, null, 2)
}

/** Compares both transports on changed cases of the corpus, as long as `goesOn` says so. */
export async function fuzz(seed: number, goesOn: (cases: number) => boolean): Promise<Findings> {
  const random = new Random(seed)
  const findings: Findings = { cases: 0, chosen: new Map(), stricter: 0, differences: [] }
  const lane = async (pair: Pair) => {
    while (goesOn(findings.cases)) {
      findings.cases++
      const bytes = mutate(random)
      const verdict = await compare(pair, bytes, {
        packets: packetsOf(bytes, random),
        endsAtOnce: random.below(8) === 0,
      })
      if (typeof verdict === 'object') {
        findings.chosen.set(verdict.name, (findings.chosen.get(verdict.name) ?? 0) + 1)
        if (!verdict.isLost) findings.stricter++
      } else if (verdict !== 'same') findings.differences.push(verdict)
    }
  }
  const pairs = await Promise.all(Array.from({ length: lanes }, startPair))
  try {
    await Promise.all(pairs.map(lane))
  } finally {
    await Promise.all(pairs.map(closePair))
  }
  return findings
}
