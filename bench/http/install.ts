import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { versionOf } from '../report/versions.ts'
import { peersFolder, type Server, virtualEnvironment } from './servers.ts'

const run = promisify(execFile)
const installMs = 300_000
const python = join(virtualEnvironment, 'bin/python')

/** Installs what the servers need and is not there. Returns those that can be started; a line tells of each other. */
export async function install(servers: readonly Server[], note: (line: string) => void): Promise<Server[]> {
  const ways = { repository: async () => {}, npm: installNpm, python: installPython }
  const missing = new Map<Server['install'], string>()
  for (const way of new Set(servers.map((server) => server.install)))
    await ways[way](note).catch((error: Error) => missing.set(way, error.message))
  return servers.filter((server) => {
    const why = missing.get(server.install)
    if (why !== undefined) note(`skipped ${server.name}: ${why}`)
    return why === undefined
  })
}

/** `npm ci` in `peers/`, unless what its lock file names is there. */
async function installNpm(note: (line: string) => void): Promise<void> {
  const lock = join(peersFolder, 'package-lock.json')
  const done = join(peersFolder, 'node_modules/.bench-lock.json')
  if (isSame(lock, done)) return
  note('installing the peers of npm')
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peersFolder, timeout: installMs })
  writeFileSync(done, readFileSync(lock))
}

/** A virtual environment with what `requirements.txt` names. */
async function installPython(note: (line: string) => void): Promise<void> {
  const requirements = join(peersFolder, 'requirements.txt')
  const done = join(virtualEnvironment, 'requirements.txt')
  if (isSame(requirements, done)) return
  note('installing the peers of PyPI')
  await run('python3', ['-m', 'venv', '--clear', virtualEnvironment], { timeout: installMs })
  const args = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--requirement', requirements]
  await run(python, args, { timeout: installMs })
  writeFileSync(done, readFileSync(requirements))
}

function isSame(wanted: string, done: string): boolean {
  return existsSync(done) && readFileSync(done, 'utf8') === readFileSync(wanted, 'utf8')
}

/** What was measured, by name. */
export function versionsOf(servers: readonly Server[]): Record<string, string> {
  const versions: Record<string, string> = {}
  for (const { install, packages } of servers)
    for (const name of packages)
      versions[name] ??= install === 'python' ? pythonVersionOf(name) : versionOf(name, peersFolder)
  if (servers.some(({ runtime }) => runtime === 'Python'))
    versions['python'] = execFileSync(python, ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
    }).trim()
  return versions
}

function pythonVersionOf(name: string): string {
  const program = 'import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))'
  return execFileSync(python, ['-c', program, name], { encoding: 'utf8' }).trim()
}
