import { Agent, get } from 'node:http'
import { quantile } from '../report/figure.ts'
import { eventCount } from './workloads.ts'

/** What a load of event streams has seen. */
export interface StreamsSeen {
  readonly events: number
  readonly seconds: number
  readonly streamP50Ms: number
  readonly streamP99Ms: number
}

const newline = 0x0a
const agent = new Agent({ keepAlive: true })

/** Reads one stream to its end. @throws {Error} when it is cut, or has not every event */
function readStream(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let lines = 0
      response.on('data', (piece: Buffer) => {
        for (const byte of piece) if (byte === newline) lines++
      })
      response.on('error', reject)
      response.on('end', () => {
        // One line of data and one that is empty.
        if (response.statusCode === 200 && lines === eventCount * 2) resolve()
        else reject(new Error(`${url} answered ${response.statusCode} with ${lines / 2} events of ${eventCount}`))
      })
    })
    request.on('error', reject)
  })
}

/** Keeps so many streams open for some seconds, and lets each come to its end. */
async function readStreams(url: string, connections: number, seconds: number): Promise<StreamsSeen> {
  const took: number[] = []
  const started = performance.now()
  const until = started + seconds * 1_000
  const client = async () => {
    for (let start = performance.now(); start < until; start = performance.now()) {
      await readStream(url)
      took.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  const elapsed = (performance.now() - started) / 1_000
  agent.destroy()
  took.sort((one, other) => one - other)
  return {
    events: took.length * eventCount,
    seconds: elapsed,
    streamP50Ms: quantile(took, 0.5),
    streamP99Ms: quantile(took, 0.99),
  }
}

// A process of its own, started by load.ts: `node streams.ts <url> <connections> <seconds>`.
const [url, connections, seconds] = process.argv.slice(2) as [string, string, string]
console.log(JSON.stringify(await readStreams(url, Number(connections), Number(seconds))))
