import type { Server } from 'node:net'
import type { ExchangeHandler, Listening, TransportLimits, TransportLog, TransportOptions } from '../exchange.ts'
import { withDefaults } from '../limits.ts'
import { listenOn } from '../listenOn.ts'

/** What is kept of a connection, of whatever protocol. */
export interface HostedConnection {
  /** Looks at the time. Called again and again. */
  checkTime(nowMs: number): void
  /** Takes no more requests, where what has come does not end by itself. */
  retire?(): void
  /** Ends it as it is. */
  destroy(): void
}

/** What the connections of one server share. */
export interface NetHost {
  readonly handle: ExchangeHandler
  readonly log: TransportLog | undefined
  readonly limits: Required<TransportLimits>
  readonly connections: Set<HostedConnection>
  /** How often {@link nowMs} is set, and the time limits are looked at. */
  readonly tickMs: number
  /** One look at the clock for all requests of a tick, in milliseconds. */
  nowMs: number
  /** Whether each answer from now on is the last of its connection. */
  isClosing: boolean
}

/** @throws {StartupError} `invalid_option` */
export function makeNetHost(options: Pick<TransportOptions, 'handle' | 'limits' | 'log'>): NetHost {
  const limits = withDefaults(options.limits)
  return {
    handle: options.handle,
    log: options.log,
    limits,
    connections: new Set(),
    tickMs: Math.min(
      1_000,
      limits.headersTimeoutMs,
      limits.requestTimeoutMs,
      limits.keepAliveTimeoutMs,
      limits.sendTimeoutMs,
    ),
    nowMs: performance.now(),
    isClosing: false,
  }
}

/**
 * Opens a port, and looks after the connections that `server` adds to `shared`.
 *
 * @param cut ends what is no connection of ours yet
 */
export async function listenWith(
  server: Server,
  shared: NetHost,
  options: TransportOptions,
  cut?: () => void,
): Promise<Listening> {
  const address = await listenOn(server, options)
  const checkTime = () => {
    for (const connection of shared.connections) connection.checkTime(shared.nowMs)
  }
  const tick = () => {
    shared.nowMs = performance.now()
    // Not before what has come is read: while something held the event loop up, it could not be.
    setImmediate(checkTime)
  }
  tick()
  // One timer for all connections, rather than one or two for each request.
  const timer = setInterval(tick, shared.tickMs).unref()
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  void closed.then(() => clearInterval(timer))
  const stop = () => {
    shared.isClosing = true
    if (server.listening) server.close()
  }
  return {
    ...address,
    close: () => {
      stop()
      for (const connection of shared.connections) connection.retire?.()
      return closed
    },
    destroy: () => {
      stop()
      for (const connection of shared.connections) connection.destroy()
      cut?.()
    },
  }
}
