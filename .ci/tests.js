// Runs the README's test command, and writes how many tests passed and failed, `5497 0`, into the file that is named.
//
// What has failed is run once more, by its files and alone: a test that failed by a timer on a machine that was busy
// passes then, and a fault of the code fails again. Each such file is named in the output, so that it can be mended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// More than this is no accident.
const mostAgain = 3

const folder = mkdtempSync(join(tmpdir(), 'tests-'))

// Counts and files of a run of vitest; without a report it counts as one failure.
async function run(command, args, name) {
  const report = join(folder, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const child = spawn(command, [...args, ...reporters], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [status] = await once(child, 'close')
  const code = status ?? 1
  try {
    const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    return { code, passed, failed, failedFiles: testResults.filter((file) => file.status === 'failed') }
  } catch {
    return { code, passed: 0, failed: 1, failedFiles: [] }
  }
}

const count = (file, status) => file.assertionResults.filter((test) => test.status === status).length

const first = await run('npm', ['test', '--'], 'all')
let { passed, failed, code } = first
const names = first.failedFiles.map((file) => file.name)
if (code !== 0 && names.length > 0 && names.length <= mostAgain) {
  for (const file of first.failedFiles) {
    passed -= count(file, 'passed')
    failed -= count(file, 'failed')
  }
  console.log(`\nAgain, and alone:\n${[...names].join('\n')}`)
  const again = await run('npx', ['vitest', 'run', '--no-file-parallelism', ...names], 'again')
  passed += again.passed
  failed += again.failed
  code = again.code
}
writeFileSync(process.argv[2], `${passed} ${failed}\n`)
rmSync(folder, { recursive: true })
process.exit(code)
