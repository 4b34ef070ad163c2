import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App, Server } from 'millrace'
import { parseArgsStringToArgv } from 'string-argv'
import { expect } from 'vitest'
import { compareAnswer, compareOutput } from './compare.ts'
import { parseCurl } from './curl.ts'
import type { Example, Step } from './examples.ts'
import type { Block } from './markdown.ts'
import { extract, root } from './pages.ts'
import { send } from './send.ts'

/** Runs an example from an empty folder: its app is served, its tests pass, its commands print what the page shows. */
export async function runExample(example: Example, folder: string): Promise<void> {
  await extract(example, folder)
  const entry = ['app.ts', 'main.ts'].find((name) => name in example.files)
  const server = entry && (await serve(join(folder, entry)))
  try {
    for (const step of example.steps) await runStep(step, folder, server || undefined)
    if (Object.keys(example.files).some((name) => name.endsWith('.test.ts'))) await runTests(folder)
  } finally {
    if (server) await server.close()
  }
}

async function serve(file: string): Promise<Server> {
  const module: { app?: App } = await import(/* @vite-ignore */ file)
  if (!module.app) throw new Error(`${file} does not export an app`)
  return module.app.listen({ port: 0, signals: false, graceMs: 500 })
}

async function runStep({ command, expected }: Step, folder: string, server: Server | undefined): Promise<void> {
  if (!expected) throw new Error(`Line ${command.line}: a command without its output`)
  try {
    if (command.meta['until-stopped'] !== undefined) return await runUntilStopped(command.text, folder, expected)
    if (!command.text.startsWith('curl')) return await runCommand(command, expected, folder, server)
    if (!server) throw new Error('curl needs an app: name the file app.ts or main.ts')
    compareAnswer(await send(parseCurl(command.text), server.url), expected)
  } catch (error) {
    if (error instanceof Error) error.message = `Line ${command.line}: ${error.message}`
    throw error
  }
}

const programs: Readonly<Record<string, readonly string[]>> = {
  node: [],
  'npx millrace': [join(root, 'packages/millrace/src/cli/main.ts')],
}

/** With `exit=1` a command has to fail with that code, and the page shows what it says of it. */
async function runCommand(command: Block, expected: Block, folder: string, server: Server | undefined): Promise<void> {
  const { code, stdout, stderr } = await node(argsOf(command.text), folder, server ? { API_URL: server.url } : {})
  const wanted = Number(command.meta['exit'] ?? 0)
  expect(code, stderr).toBe(wanted)
  compareOutput(wanted === 0 ? stdout : stderr, expected)
}

/** Waits for the whole output, then asks the process to stop, which it has to do with code 0. */
async function runUntilStopped(command: string, folder: string, expected: Block): Promise<void> {
  const lines = expected.text.trimEnd().split('\n').length
  const onOutput = (stdout: string, stop: () => void) => {
    if (stdout.trim().split('\n').length >= lines && stdout.endsWith('\n')) stop()
  }
  const { code, stdout, stderr } = await node(argsOf(command), folder, { PORT: '0' }, onOutput)
  compareOutput(stdout, expected)
  expect(code, stderr).toBe(0)
}

function argsOf(command: string): string[] {
  const name = Object.keys(programs).find((program) => command.startsWith(`${program} `))
  if (!name) throw new Error(`No way to run '${command}'`)
  return [...(programs[name] ?? []), ...parseArgsStringToArgv(command.slice(name.length))]
}

async function runTests(folder: string): Promise<void> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const config = join(root, 'docs/test/support/vitest.config.ts')
  const args = [
    vitest,
    'run',
    '--root',
    folder,
    '--config',
    config,
    '--reporter',
    'json',
    '--outputFile',
    join(folder, 'report.json'),
  ]
  const { code, stdout, stderr } = await node(args, folder, {})
  expect(code, stdout + stderr).toBe(0)
  const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as {
    numPassedTests: number
    numTotalTests: number
  }
  expect(report.numPassedTests).toBeGreaterThan(0)
  expect(report.numPassedTests).toBe(report.numTotalTests)
}

/** Runs Node with Millrace resolved to its source. */
function node(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  onOutput: (stdout: string, stop: () => void) => void = () => undefined,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=millrace-source', ...args], {
      cwd,
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8')
      onOutput(stdout, () => child.kill('SIGTERM'))
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
