import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import { measurePeers } from './peers.ts'
import { type ModelsReport, reportOf } from './report.ts'
import { measureThreads } from './threads.ts'

const note = (line: string) => console.error(line)
const loadBefore = loadavg()[0] as number
const processors = cpus()
const { version } = JSON.parse(readFileSync(new URL('../../packages/millrace/package.json', import.meta.url), 'utf8'))
const report: ModelsReport = {
  date: new Date().toISOString(),
  node: process.version,
  millrace: version,
  cpu: `${processors[0]?.model.trim()}, ${processors.length} cores`,
  system: `${type()} ${release()}`,
  loadBefore,
  threads: await measureThreads(note),
  peers: await measurePeers(note),
}
const results = new URL('../results/models.json', import.meta.url)
writeFileSync(results, `${JSON.stringify(report, null, 2)}\n`)
console.log(`\n${reportOf(report)}`)
console.log(`Written to ${fileURLToPath(results)}`)
