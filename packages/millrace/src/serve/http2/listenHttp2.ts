import { createServer, type Server, type Socket } from 'node:net'
import type { Listening, TransportOptions } from '../exchange.ts'
import { Connection } from '../net/connection.ts'
import { listenWith, makeNetHost } from '../net/netHost.ts'
import { nodeTls, nodeTlsOptions, watchTls, withCertificate } from '../tls.ts'
import { Http2Connection } from './http2Connection.ts'
import { UndecidedConnection } from './undecidedConnection.ts'

/**
 * The transport of HTTP/2, with HTTP/1.1 on the same port: over TLS whichever client and server agree on (RFC 7301),
 * without it whichever the client begins to speak ("prior knowledge", RFC 9113, section 3.3).
 */
export async function listenHttp2(options: TransportOptions): Promise<Listening> {
  const { tls, log } = options
  const shared = makeNetHost(options)
  const socketOptions = { noDelay: true, allowHalfOpen: true }
  const accept = (socket: Socket, isHttp2: boolean) => {
    if (!isHttp2) return void shared.connections.add(new Connection(shared, socket, false))
    const connection = new Http2Connection(shared, socket)
    shared.connections.add(connection)
    // One may still have been agreeing on keys when the server was told to stop.
    if (shared.isClosing) connection.retire()
  }
  const decide = (socket: Socket) => {
    const undecided = new UndecidedConnection(shared, socket, (isHttp2) => {
      accept(socket, isHttp2)
      // Node's session of HTTP/2 reads by itself.
      if (!isHttp2) socket.resume()
    })
    shared.connections.add(undecided)
  }
  const server: Server = tls
    ? withCertificate(() =>
        nodeTls().createServer({ ...socketOptions, ...nodeTlsOptions(tls, ['h2', 'http/1.1']) }, (socket) =>
          accept(socket, socket.alpnProtocol === 'h2'),
        ),
      )
    : createServer(socketOptions, decide)
  return await listenWith(server, shared, options, tls && watchTls(server, log))
}
