import { type Server, serverOf } from '../http/servers.ts'

/** An empty server on Node: what every other one has to be compared with. */
export const empty = 'node:http, empty'

/** The servers whose start is measured. */
export const servers: readonly Server[] = [
  serverOf.node(empty, '../start/nodeHttp.ts', []),
  serverOf.node('millrace', '../start/millrace.ts', ['millrace', 'zod']),
  serverOf.node('fastify', '../start/fastify.ts', ['fastify']),
  serverOf.node('hono', '../start/hono.ts', ['hono', '@hono/node-server', '@hono/zod-validator', 'zod']),
  serverOf.node('h3', '../peers/start/h3.ts', ['h3', 'zod']),
  serverOf.node('express', '../peers/start/express.ts', ['express', 'zod']),
  serverOf.node('elysia', '../peers/start/elysia.ts', ['elysia', '@elysiajs/node']),
  serverOf.bun('elysia on bun', '../peers/start/elysia.ts', ['elysia']),
  serverOf.uvicorn('fastapi', '../peers/start/', 'fastapi_start:app'),
]
