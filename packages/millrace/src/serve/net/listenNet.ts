import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import type { Listening, TransportOptions } from '../exchange.ts'
import { withDefaults } from '../limits.ts'
import { nodeTlsOptions, watchTls, withCertificate } from '../tls.ts'
import { Connection } from './connection.ts'
import type { NetHost } from './netHost.ts'
import { refreshDate } from './responseHead.ts'

/**
 * The transport on our own HTTP/1.1 server: stricter than Node's in what it accepts, and faster.
 */
export async function listenNet(options: TransportOptions): Promise<Listening> {
  const { host, port, handle, tls, log } = options
  const limits = withDefaults(options.limits)
  const shared: NetHost = {
    handle,
    limits,
    connections: new Set(),
    tickMs: Math.min(1_000, limits.headersTimeoutMs, limits.requestTimeoutMs, limits.keepAliveTimeoutMs),
    nowMs: performance.now(),
    isClosing: false,
  }
  const accept = (socket: Socket) => void shared.connections.add(new Connection(shared, socket))
  const socketOptions = { noDelay: true, allowHalfOpen: true }
  const server: Server = tls
    ? withCertificate(() => createSecureServer({ ...socketOptions, ...nodeTlsOptions(tls) }, accept))
    : createServer(socketOptions, accept)
  const cutTls = tls && watchTls(server, log)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const tick = () => {
    refreshDate(Date.now())
    shared.nowMs = performance.now()
    for (const connection of shared.connections) connection.checkTime(shared.nowMs)
  }
  tick()
  // One timer for all connections, rather than one or two for each request.
  const timer = setInterval(tick, shared.tickMs).unref()
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  void closed.then(() => clearInterval(timer))
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    close: () => {
      shared.isClosing = true
      if (server.listening) server.close()
      return closed
    },
    destroy: () => {
      shared.isClosing = true
      if (server.listening) server.close()
      for (const connection of shared.connections) connection.destroy()
      cutTls?.()
    },
  }
}
