// Runs the README's test command, and writes how many tests passed and failed, `5497 0`, into the file that is named.
//
// What has failed is run once more, by its files and alone: a test that failed by a timer on a machine that was busy
// passes then, and a fault of the code fails again. Each such file is named in the output, so that it can be mended.
// The same goes for files that a crash of V8 has cut off: Node 24.21 ends a process now and then when a worker thread
// ends, `Check failed: jit_page.has_value()`, without a result for the file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

// More than this is no accident.
const mostAgain = 3

const folder = mkdtempSync(join(tmpdir(), 'tests-'))

// Counts and files of a run of vitest; without a report it counts as one failure.
async function run(command, args, name) {
  const report = join(folder, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const child = spawn(command, [...args, ...reporters], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text)
    output += text
  })
  const [status] = await once(child, 'close')
  const ended = { code: status ?? 1, crashed: crashedFiles(output) }
  try {
    const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    return { ...ended, passed, failed, failedFiles: testResults.filter((file) => file.status === 'failed') }
  } catch {
    return { ...ended, passed: 0, failed: 1, failedFiles: [] }
  }
}

const cutOff = /signal SIGTRAP .* running test file (\S+)/g

function crashedFiles(output) {
  if (!output.includes('Check failed: jit_page.has_value()')) return []
  return [...stripVTControlCharacters(output).matchAll(cutOff)].map((match) => match[1])
}

const count = (file, status) => file.assertionResults.filter((test) => test.status === status).length

const first = await run('npm', ['test', '--'], 'all')
let { passed, failed, code } = first
const names = new Set([...first.failedFiles.map((file) => file.name), ...first.crashed])
if (code !== 0 && names.size > 0 && names.size <= mostAgain) {
  for (const file of first.failedFiles) {
    passed -= count(file, 'passed')
    failed -= count(file, 'failed')
  }
  console.log(`\nAgain, and alone:\n${[...names].join('\n')}`)
  let again
  for (let turn = 0; turn < 3; turn++) {
    again = await run('npx', ['vitest', 'run', '--no-file-parallelism', ...names], `again-${turn}`)
    if (again.crashed.length === 0) break
  }
  passed += again.passed
  failed += again.failed
  code = again.code
}
writeFileSync(process.argv[2], `${passed} ${failed}\n`)
rmSync(folder, { recursive: true })
process.exit(code)
