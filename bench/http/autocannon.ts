import autocannon from 'autocannon'
import { type Workload, workload } from './workloads.ts'

// A process of its own, started by load.ts: `node autocannon.ts <url> <workload> <seconds>`.
const [url, name, seconds] = process.argv.slice(2) as [string, Workload['name'], string]
const { requests, connections } = workload(name)
const headers = { 'content-type': 'application/json' }
const sent = requests.map(({ method, path, body }) => ({ method, path, ...(body !== undefined && { body, headers }) }))
console.log(JSON.stringify(await autocannon({ url, connections, duration: Number(seconds), requests: sent })))
