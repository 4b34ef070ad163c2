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
  /** The workloads under which it is another server than those beside it. Default: it is measured under all. */
  readonly only?: RegExp
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

/** How servers of each runtime are started. Files and folders are relative to this one. */
export const serverOf = {
  node(name: string, file: string, packages: readonly string[]): Server {
    const install = file.startsWith('../peers/') ? 'npm' : 'repository'
    const command = { command: [process.execPath, program, file], ready: '/health', env }
    return { name, install, runtime: 'Node', file, command, packages }
  },
  bun(name: string, file: string, packages: readonly string[]): Server {
    const command = { command: [bun, program, file], ready: '/health', env }
    return { name, install: 'npm', runtime: 'Bun', file, command, packages: ['bun', ...packages] }
  },
  /** One process, and the fastest event loop and parser that it can have. */
  uvicorn(name: string, folder: string, app: string): Server {
    const flags = ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'warning']
    const packages = ['fastapi', 'pydantic', 'uvicorn', 'uvloop', 'httptools']
    return python(name, folder, ['uvicorn', app, '--port', 'PORT', ...flags], packages)
  },
  /** As many threads as there are connections at most, as each waits for its call. */
  gunicorn(name: string, folder: string, app: string): Server {
    const flags = ['--bind', '127.0.0.1:PORT', '--threads', '200', '--log-level', 'error']
    return python(name, folder, ['gunicorn', app, ...flags], ['flask', 'pydantic', 'gunicorn'])
  },
} as const

function python(name: string, folder: string, args: readonly string[], packages: readonly string[]): Server {
  const command = [`${virtualEnvironment}bin/python`, '-m', ...args]
  return {
    name,
    install: 'python',
    runtime: 'Python',
    command: { command, ready: '/health', cwd: here(folder) },
    packages,
  }
}

/** The server that all others are set in relation to. */
export const baseline = 'node:http by hand'

/** Every server that is measured. */
export const servers: readonly Server[] = [
  serverOf.node(baseline, './servers/nodeHttp.ts', []),
  serverOf.node('millrace-http', './servers/millraceHttp.ts', ['millrace', 'zod']),
  serverOf.node('millrace-net', './servers/millraceNet.ts', ['millrace', 'zod']),
  serverOf.node('fastify', './servers/fastify.ts', ['fastify']),
  { ...serverOf.node('fastify, serializer', './servers/fastifySerializer.ts', ['fastify']), only: /^W2/ },
  serverOf.node('hono', './servers/hono.ts', ['hono', '@hono/node-server', '@hono/zod-validator', 'zod']),
  serverOf.node('h3', '../peers/http/h3.ts', ['h3', 'zod']),
  serverOf.node('express', '../peers/http/express.ts', ['express', 'zod']),
  serverOf.node('elysia', '../peers/http/elysiaNode.ts', ['elysia', '@elysiajs/node']),
  serverOf.bun('bun by hand', '../peers/http/bunServe.ts', []),
  serverOf.bun('elysia on bun', '../peers/http/elysiaBun.ts', ['elysia']),
  serverOf.bun('hono on bun', '../peers/http/honoBun.ts', ['hono', '@hono/zod-validator', 'zod']),
  serverOf.uvicorn('fastapi', '../peers/http/', 'fastapi_app:app'),
  serverOf.gunicorn('flask', '../peers/http/', 'flask_app:app'),
]
