/** A server that listens. */
export interface Running {
  readonly port: number
  close(): Promise<void>
}

/** Starts one, on 127.0.0.1 and a free port. */
export type Start = () => Promise<Running>

/** The server that all others are set in relation to. */
export const baseline = 'node:http by hand'

/** Every server that is measured, by name. Loaded one at a time: nothing of the others is in the process. */
export const servers: Readonly<Record<string, () => Promise<{ readonly start: Start }>>> = {
  [baseline]: () => import('./servers/nodeHttp.ts'),
  'millrace-http': () => import('./servers/millraceHttp.ts'),
  'millrace-net': () => import('./servers/millraceNet.ts'),
  fastify: () => import('./servers/fastify.ts'),
  hono: () => import('./servers/hono.ts'),
}

/** Packages whose versions a result names. */
export const packages = ['millrace', 'zod', 'fastify', 'hono', '@hono/node-server', '@hono/zod-validator'] as const
