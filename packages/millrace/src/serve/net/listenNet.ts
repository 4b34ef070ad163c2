import { createServer, type Server, type Socket } from 'node:net'
import type { Listening, TransportOptions } from '../exchange.ts'
import { nodeTls, nodeTlsOptions, watchTls, withCertificate } from '../tls.ts'
import { Connection } from './connection.ts'
import { listenWith, makeNetHost } from './netHost.ts'

/**
 * The transport on our own HTTP/1.1 server: stricter than Node's in what it accepts, and faster.
 */
export async function listenNet(options: TransportOptions): Promise<Listening> {
  const { tls, log } = options
  const shared = makeNetHost(options)
  const accept = (socket: Socket) => void shared.connections.add(new Connection(shared, socket, !tls))
  const socketOptions = { noDelay: true, allowHalfOpen: true }
  const server: Server = tls
    ? withCertificate(() => nodeTls().createServer({ ...socketOptions, ...nodeTlsOptions(tls) }, accept))
    : createServer(socketOptions, accept)
  return await listenWith(server, shared, options, tls && watchTls(server, log))
}
