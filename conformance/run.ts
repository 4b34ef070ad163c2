import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { misses } from './misses.ts'
import type { TransportName } from './replay/exchange.ts'
import { enterDirectory, isPorted } from './replay/ports.ts'
import { isDocsPage, readRecording, recordingFile } from './replay/recording.ts'
import { replayApp } from './replay/replay.ts'
import { lastLine, particulars, table } from './replay/report.ts'
import { type AppScore, scoreApp } from './replay/score.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { details: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const transports: readonly TransportName[] = ['fetch', 'http', 'net']

const recording = readRecording()
if (!recording) {
  console.log(`Skipped: the recording is not there (${recordingFile.pathname})`)
  process.exit()
}

const json = values.json === undefined ? undefined : resolve(values.json)
const directory = mkdtempSync(join(tmpdir(), 'conformance-'))
const scores: AppScore[] = []
let docsPages = 0
for (const app of recording) {
  const isWanted = positionals.length === 0 || positionals.some((prefix) => app.name.startsWith(prefix))
  if (!isWanted || !isPorted(app.name)) continue
  docsPages += app.cases.filter(isDocsPage).length
  const outcomes = []
  for (const transport of transports) {
    enterDirectory(app, join(directory, transport))
    outcomes.push(...(await replayApp(app, transport)))
  }
  scores.push(scoreApp(app.name, outcomes, misses))
}
process.chdir(tmpdir())
rmSync(directory, { recursive: true })

console.log(table(scores))
if (values.details) console.log(scores.map(particulars).filter(Boolean).join('\n'))
console.log(`Of ${docsPages} docs pages no HTML is compared (L2): Millrace's are its own.`)
if (json !== undefined) writeFileSync(json, JSON.stringify(scores))
const isExplained = scores.every(
  ({ misses, outdated }) => outdated.length === 0 && misses.every(({ why }) => why !== undefined),
)
if (!isExplained) process.exitCode = 1
console.log(lastLine(scores))
