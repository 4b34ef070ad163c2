import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
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

/** What Node has of the connections of a server. */
interface ConnectionsList {
  active(): readonly { readonly socket: Socket }[]
}

/**
 * The connections on which a request has begun to come and is not whole, and those whose first has yet to come: Node's
 * time limits hold for them. It keeps them by a symbol of its own; there is no public way to it.
 */
export function receivingConnections(server: Server): ReadonlySet<Socket> {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections')
  const list = key && (server as Server & { readonly [key: symbol]: ConnectionsList | undefined })[key]
  return new Set(list?.active().map(({ socket }) => socket))
}
