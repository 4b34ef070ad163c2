import { milliseconds } from '../plan/limits.ts'
import type { ExchangeHandler, Transport, TransportLimits, TransportLog } from '../serve/exchange.ts'
import { isEnding, onStopSignal } from '../serve/signals.ts'
import type { TlsOptions } from '../serve/tls.ts'
import { defaultTransport, loadTransport, type TransportName } from '../serve/transports.ts'
import type { Grace } from './lifecycle.ts'

/** Where and how an app listens. */
export interface ListenOptions {
  /** Default 8000; 0 takes a free one. */
  readonly port?: number
  /** Default `127.0.0.1`: this machine alone. `0.0.0.0` is reachable from others. */
  readonly host?: string
  readonly limits?: TransportLimits
  /** For requests to end by themselves at shutdown. Default 10,000. */
  readonly graceMs?: number
  /** Stops on SIGTERM and SIGINT. Default true. */
  readonly signals?: boolean
  /**
   * Default `net`: our own HTTP/1.1 server on `node:net` and `node:tls`. `http` is Node's, which takes more processor
   * time, and accepts more of what is not quite HTTP. `http2` is HTTP/2 by `node:http2`, with HTTP/1.1 on the same
   * port: by agreement over TLS, and by what the client begins to speak without it.
   */
  readonly transport?: TransportName | Transport
  /**
   * Serves HTTPS with a certificate of one's own; WebSockets are then at `wss:`. Of HTTP there is 1.1, and 2 with the transport `http2`.
   *
   * @example
   * await app.listen({ tls: { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') } })
   */
  readonly tls?: TlsOptions
}

/** An app that listens. */
export interface Server {
  readonly port: number
  readonly host: string
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string
  /** Stops accepting, lets requests end, and closes what the app has opened. */
  close(): Promise<void>
}

/** What an app does for one that listens. */
export interface Listened {
  readonly handle: ExchangeHandler
  readonly log: TransportLog
  start(): Promise<void>
  /** @param cut ends the connections that are left when the grace is over */
  stop(grace: Grace, cut: () => void): Promise<void>
}

export const defaultGraceMs = 10_000

/** @throws {StartupError} `invalid_option` */
export function graceOf(graceMs: number): Grace {
  return { graceMs: graceMs === 0 ? 0 : milliseconds(graceMs, 'graceMs') }
}

/** Opens a port first, so that health checks are answered while the app starts. */
export async function listen(app: Listened, options: ListenOptions): Promise<Server> {
  const { port = 8000, host = '127.0.0.1', limits, tls, signals = true } = options
  const grace = graceOf(options.graceMs ?? defaultGraceMs)
  const transport = await loadTransport(options.transport ?? defaultTransport)
  const listening = await transport({
    host,
    port,
    handle: app.handle,
    log: app.log,
    ...(limits && { limits }),
    ...(tls && { tls }),
  })
  const close = async () => {
    release?.()
    const closed = listening.close()
    try {
      await app.stop(grace, listening.destroy)
    } finally {
      listening.destroy()
      await closed
    }
  }
  const release = signals ? onStopSignal(close) : undefined
  try {
    await app.start()
  } catch (error) {
    // What it left behind has been logged; what counts is why.
    await close().catch(() => undefined)
    // Else the end of a start that is not wanted any more would be taken for its failure.
    if (isEnding()) await new Promise(() => undefined)
    throw error
  }
  const name = listening.host.includes(':') ? `[${listening.host}]` : listening.host
  return { port: listening.port, host: listening.host, url: `http${tls ? 's' : ''}://${name}:${listening.port}`, close }
}
