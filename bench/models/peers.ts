import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type AfterLeaving, item, JobLog, jobItem } from './jobs.ts'
import type { Seen } from './load.ts'
import { load, type ServerProcess, startMillrace, startServer } from './processes.ts'

const run = promisify(execFile)

/** One server with the Python model. */
export interface PeerRow {
  readonly server: string
  readonly perSecond: number
  /** Of the server with its children: what other work on the machine takes does not count. */
  readonly cpuMsPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lowLoadP50Ms: number
  /** At twice the server's own throughput. */
  readonly overload: Seen
  readonly rssMb: number
  readonly disconnects: AfterLeaving
}

/** The comparison, or why there is none. */
export interface PeersReport {
  readonly skipped: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly PeerRow[]
}

interface Peer {
  readonly name: string
  readonly start: (env: NodeJS.ProcessEnv) => Promise<ServerProcess>
  /** The request body with one item in it. */
  readonly body: (item: string) => string
  readonly first: (answer: never) => number | undefined
}

const folder = fileURLToPath(new URL('./.venv.tmp/', import.meta.url))
const python = `${folder}bin/python`
const packages = ['numpy', 'fastapi', 'uvicorn[standard]', 'litserve', 'bentoml']

export async function measurePeers(note: (line: string) => void): Promise<PeersReport> {
  const skipped = await install(note)
  if (!has('numpy')) return { skipped, versions: {}, rows: [] }
  const rows: PeerRow[] = []
  let expected: number | undefined
  for (const peer of peers()) {
    try {
      const { row, first } = await measure(peer, expected)
      expected ??= first
      rows.push(row)
      note(
        `${peer.name}: ${row.perSecond.toFixed(0)}/s, p99 ${row.p99Ms.toFixed(1)} ms, overloaded p99 ${row.overload.p99Ms.toFixed(0)} ms`,
      )
    } catch (error) {
      skipped.push(`${peer.name}: ${(error as Error).message}`)
      note(`skipped ${skipped.at(-1)}`)
    }
  }
  return { skipped, versions: versions(), rows }
}

/** Makes a virtual environment with what is compared. Returns what cannot be. */
async function install(note: (line: string) => void): Promise<string[]> {
  const skipped: string[] = []
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', folder])
  } catch {
    return ['all: there is no python3 with venv']
  }
  for (const name of packages) {
    if (has(name.replace(/\[.*/, ''))) continue
    note(`installing ${name} from PyPI`)
    const args = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', name]
    await run(python, args, { timeout: 120_000 }).catch(() =>
      skipped.push(`${name}: pip could not install it within 120 s`),
    )
  }
  return skipped
}

function has(name: string): boolean {
  return spawnSync(python, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0
}

function versions(): Record<string, string> {
  const program = `import importlib.metadata as m, json, platform
names = ${JSON.stringify(packages.map((name) => name.replace(/\[.*/, '')))}
print(json.dumps({"python": platform.python_version(), **{n: m.version(n) for n in names if n in {d.metadata["Name"] for d in m.distributions()}}}))`
  return JSON.parse(spawnSync(python, ['-c', program], { encoding: 'utf8' }).stdout)
}

function peers(): Peer[] {
  const plain = {
    body: (item: string) => `{"item":${item}}`,
    first: (answer: { output: number[] }) => answer.output[0],
  }
  const uvicorn = (app: string) => (env: NodeJS.ProcessEnv) =>
    startServer([python, '-m', 'uvicorn', app, '--port', 'PORT', '--log-level', 'warning'], '/health', env)
  const all: (Peer & { readonly needs: string })[] = [
    {
      name: 'Millrace, python()',
      needs: 'numpy',
      start: (env) => startMillrace(['python', python], env),
      ...plain,
    },
    { name: 'FastAPI, plain', needs: 'fastapi', start: uvicorn('fastapi_plain:app'), ...plain },
    { name: 'FastAPI, batching by hand', needs: 'fastapi', start: uvicorn('fastapi_batched:app'), ...plain },
    {
      name: 'LitServe',
      needs: 'litserve',
      start: (env) => startServer([python, 'litserve_app.py', 'PORT'], '/health', env),
      ...plain,
    },
    {
      name: 'BentoML',
      needs: 'bentoml',
      start: (env) =>
        startServer([python, '-m', 'bentoml', 'serve', 'bentoml_service:Service', '--port', 'PORT'], '/readyz', {
          ...env,
          BENTOML_DO_NOT_TRACK: 'True',
        }),
      body: (item) => `{"items":[${item}]}`,
      first: (answer: number[][]) => answer[0]?.[0],
    },
  ]
  return all.filter(({ needs }) => has(needs))
}

async function measure(peer: Peer, expected: number | undefined): Promise<{ row: PeerRow; first: number }> {
  const log = new JobLog()
  const server = await peer.start({
    BENCH_LAYERS: '16',
    BENCH_LOG: log.file,
    BENCH_QUEUE: '{"maxSize":256,"deadlineMs":1000}',
  })
  const { port } = server
  try {
    const post = { port, path: '/predict', method: 'POST', body: peer.body(JSON.stringify(item)) } as const
    const first = await verify(peer, post, expected)
    await load({ ...post, mode: 'closed', connections: 64, seconds: 2 })
    const used = server.cpuSeconds()
    const full = await load({ ...post, mode: 'closed', connections: 64, seconds: 3 })
    const cpuMsPerRequest = ((server.cpuSeconds() - used) * 1_000) / full.accepted
    const low = await load({ ...post, mode: 'closed', connections: 1, seconds: 1, pauseMs: 5 })
    const overload = await load({ ...post, mode: 'open', perSecond: full.acceptedPerSecond * 2, seconds: 3 })
    const rssMb = server.rssMb()
    const leave = await load({ ...post, body: peer.body(jobItem), mode: 'leave', clients: 64, afterMs: 100 })
    const row = {
      server: peer.name,
      perSecond: full.acceptedPerSecond,
      cpuMsPerRequest,
      p50Ms: full.p50Ms,
      p99Ms: full.p99Ms,
      lowLoadP50Ms: low.p50Ms,
      overload,
      rssMb,
      disconnects: log.afterLeaving(leave),
    }
    return { row, first }
  } finally {
    await server.stop()
    log.remove()
  }
}

/** Nothing is measured that does not give the same result. */
async function verify(
  peer: Peer,
  { port, path, method, body }: { port: number; path: string; method: string; body: string },
  expected: number | undefined,
): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body })
  const text = await response.text()
  const first = response.ok ? peer.first(JSON.parse(text) as never) : undefined
  if (first === undefined) throw new Error(`answered ${response.status}: ${text.slice(0, 200)}`)
  if (expected !== undefined && Math.abs(first - expected) > 1e-3 * Math.max(1, Math.abs(expected)))
    throw new Error(`gave ${first} where ${expected} is right`)
  return first
}
