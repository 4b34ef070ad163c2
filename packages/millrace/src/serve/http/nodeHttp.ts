import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * `node:http`, without what its `import` does: it reads every export, which makes Node load its whole `fetch` for that of
 * `WebSocket`. Measured on Node 24: 27 of 30 ms of processor time that an app needs for it to start.
 */
export const nodeHttp: typeof import('node:http') = process.getBuiltinModule('node:http')

/** The response that a connection is busy with. Node keeps it there; there is no public way to it. */
export function responseOf(connection: Duplex): ServerResponse | undefined {
  return (connection as Duplex & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined
}
