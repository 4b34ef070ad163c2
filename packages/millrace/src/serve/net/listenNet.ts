import { type AddressInfo, createServer } from 'node:net'
import type { Listening, TransportOptions } from '../exchange.ts'
import { withDefaults } from '../limits.ts'
import { Connection } from './connection.ts'
import type { NetHost } from './netHost.ts'
import { refreshDate } from './responseHead.ts'

/**
 * The transport on our own HTTP/1.1 server: stricter than Node's in what it accepts, and faster. It has no TLS.
 */
export async function listenNet({ host, port, handle, limits: given }: TransportOptions): Promise<Listening> {
  const limits = withDefaults(given)
  const shared: NetHost = {
    handle,
    limits,
    connections: new Set(),
    tickMs: Math.min(1_000, limits.headersTimeoutMs, limits.requestTimeoutMs, limits.keepAliveTimeoutMs),
    nowMs: performance.now(),
    isClosing: false,
  }
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    shared.connections.add(new Connection(shared, socket))
  })
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
    },
  }
}
