import { fileURLToPath } from 'node:url'
import type { ServerCommand } from '../process/serverProcess.ts'

/** A server that listens. */
export interface Running {
  readonly port: number
  close(): Promise<void>
}

/** Starts one on 127.0.0.1; port 0 is a free one. */
export type Start = (listenPort: number) => Promise<Running>

/** A server that is measured. */
export interface Server {
  readonly name: string
  /** What has to be there: the repository's own install, or what `peers/` installs. */
  readonly install: 'repository' | 'npm' | 'python'
  readonly runtime: 'Node' | 'Bun' | 'Python'
  /** The module that exports `start`, of what is written in TypeScript. */
  readonly file?: string
  readonly command: ServerCommand
  /** Packages whose versions a result names. */
  readonly packages: readonly string[]
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const program = here('./serve.ts')

export const peersFolder: string = here('../peers/')
export const virtualEnvironment: string = here('../peers/.venv.tmp/')
export const bun: string = here('../peers/node_modules/.bin/bun')

// As in production: what is measured is the server, not its checks for development.
const env = { NODE_ENV: 'production' }

function onNode(name: string, file: string, packages: readonly string[]): Server {
  const install = file.startsWith('../peers/http/') ? 'npm' : 'repository'
  const command = { command: [process.execPath, program, file], ready: '/health', env }
  return { name, install, runtime: 'Node', file, command, packages }
}

function onBun(name: string, file: string, packages: readonly string[]): Server {
  const command = { command: [bun, program, file], ready: '/health', env }
  return { name, install: 'npm', runtime: 'Bun', file, command, packages: ['bun', ...packages] }
}

function onPython(name: string, args: readonly string[], packages: readonly string[]): Server {
  const command = { command: [`${virtualEnvironment}bin/python`, '-m', ...args], ready: '/health', cwd: here('../peers/http/') }
  return { name, install: 'python', runtime: 'Python', command, packages }
}

/** The server that all others are set in relation to. */
export const baseline = 'node:http by hand'

const uvicorn = ['uvicorn', 'fastapi_app:app', '--port', 'PORT', '--loop', 'uvloop', '--http', 'httptools']
// As many threads as there are connections at most, as each waits for its call.
const gunicorn = ['gunicorn', 'flask_app:app', '--bind', '127.0.0.1:PORT', '--threads', '200', '--log-level', 'error']

/** Every server that is measured. */
export const servers: readonly Server[] = [
  onNode(baseline, './servers/nodeHttp.ts', []),
  onNode('millrace-http', './servers/millraceHttp.ts', ['millrace', 'zod']),
  onNode('millrace-net', './servers/millraceNet.ts', ['millrace', 'zod']),
  onNode('fastify', './servers/fastify.ts', ['fastify']),
  onNode('hono', './servers/hono.ts', ['hono', '@hono/node-server', '@hono/zod-validator', 'zod']),
  onNode('h3', '../peers/http/h3.ts', ['h3', 'zod']),
  onNode('express', '../peers/http/express.ts', ['express', 'zod']),
  onNode('elysia', '../peers/http/elysiaNode.ts', ['elysia', '@elysiajs/node']),
  onBun('bun by hand', '../peers/http/bunServe.ts', []),
  onBun('elysia on bun', '../peers/http/elysiaBun.ts', ['elysia']),
  onBun('hono on bun', '../peers/http/honoBun.ts', ['hono', '@hono/zod-validator', 'zod']),
  onPython(
    'fastapi',
    [...uvicorn, '--no-access-log', '--log-level', 'warning'],
    ['fastapi', 'pydantic', 'uvicorn', 'uvloop', 'httptools'],
  ),
  onPython('flask', gunicorn, ['flask', 'pydantic', 'gunicorn']),
]
