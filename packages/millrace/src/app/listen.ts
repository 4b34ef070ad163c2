import { StartupError } from '../errors/StartupError.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { milliseconds } from '../plan/limits.ts'
import type {
  ExchangeHandler,
  Listening,
  Transport,
  TransportLimits,
  TransportLog,
  TransportOptions,
} from '../serve/exchange.ts'
import { isEnding, onStopSignal } from '../serve/signals.ts'
import type { TlsOptions } from '../serve/tls.ts'
import { defaultTransport, loadTransport, type TransportName } from '../serve/transports.ts'
import type { Grace } from './closers.ts'
import type { Connections } from './lifecycle.ts'

/** Where and how an app listens. */
export interface ListenOptions {
  /** Default 8000; 0 takes a free one. */
  readonly port?: number
  /** Default `127.0.0.1`: this machine alone. `0.0.0.0` is reachable from others. */
  readonly host?: string
  /**
   * A Unix socket in place of a port: `/run/shop.sock`, for a proxy on the same machine. The file of a process that was
   * killed is taken over; it is removed when the server closes. Of Windows: a named pipe.
   */
  readonly path?: string
  /** Of the file at {@link path}: whoever may write to it may connect. `0o660` lets its group. Default: by the umask. */
  readonly mode?: number
  /** A socket that whoever started this process has opened, by its number; the first of systemd is 3. */
  readonly fd?: number
  /** So many connections may wait to be accepted. Default 511; the system has a limit of its own. */
  readonly backlog?: number
  readonly limits?: TransportLimits
  /** For requests to end by themselves at shutdown. Default 10,000. */
  readonly graceMs?: number
  /**
   * At a stop by a signal, for connections between two requests, once no request is at work any more: what clients are
   * just sending on them is still answered. Default 250, within {@link graceMs}. `close()` ends them at once.
   */
  readonly idleGraceMs?: number
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

const keys: KnownKeys<ListenOptions> = {
  port: true,
  host: true,
  limits: true,
  graceMs: true,
  idleGraceMs: true,
  signals: true,
  transport: true,
  tls: true,
  path: true,
  mode: true,
  fd: true,
  backlog: true,
}

/** An app that listens. */
export interface Server {
  /** 0 where it listens at a {@link path}. */
  readonly port: number
  /** Empty where it listens at a {@link path}. */
  readonly host: string
  /** Of a Unix socket; `fd 3` where no more than that is known of it. */
  readonly path: string | undefined
  /** Such as `http://127.0.0.1:8000`, or `unix:/run/shop.sock`. */
  readonly url: string
  /** Stops accepting, lets requests end, and closes what the app has opened. */
  close(): Promise<void>
  /** As a signal has it: {@link close}, with `idleGraceMs`. */
  '~stop'(): Promise<void>
}

/** What an app does for one that listens. */
export interface Listened {
  readonly handle: ExchangeHandler
  readonly log: TransportLog
  start(): Promise<void>
  stop(grace: Grace, connections: Connections): Promise<void>
}

export const defaultGraceMs = 10_000

/** Many times what a request needs to come, also from the other side of the world, and no time that a restart waits for. */
const defaultIdleGraceMs = 250

/** @throws {StartupError} `invalid_option` */
export function graceOf(graceMs: number): Grace {
  return { graceMs: zeroOr(graceMs, 'graceMs') }
}

function zeroOr(ms: number, name: string): number {
  return ms === 0 ? 0 : milliseconds(ms, name)
}

/** Opens a port first, so that health checks are answered while the app starts. */
export async function listen(app: Listened, options: ListenOptions): Promise<Server> {
  refuseUnknownOptions(options, keys, 'listen()')
  const { limits, tls, signals = true } = options
  const address = addressOf(options)
  const grace = graceOf(options.graceMs ?? defaultGraceMs)
  const idleGraceMs = zeroOr(options.idleGraceMs ?? defaultIdleGraceMs, 'idleGraceMs')
  const transport = await loadTransport(options.transport ?? defaultTransport)
  const listening = await transport({
    ...address,
    handle: app.handle,
    log: app.log,
    ...(limits && { limits }),
    ...(tls && { tls }),
  })
  // Of `close()`, also where a signal has come before.
  const hurried = Promise.withResolvers<void>()
  const endWithin = async (idleMs: number) => {
    release?.()
    if (idleMs === 0) hurried.resolve()
    const closed = listening.close()
    const settle = () => waitAtMost(idleMs, Promise.race([closed, hurried.promise]))
    try {
      await app.stop(grace, { settle, cut: listening.destroy })
    } finally {
      listening.destroy()
      await closed
    }
  }
  const close = () => endWithin(0)
  const stop = () => endWithin(idleGraceMs)
  const release = signals ? onStopSignal(stop) : undefined
  try {
    await app.start()
  } catch (error) {
    // What it left behind has been logged; what counts is why.
    await close().catch(() => undefined)
    // Else the end of a start that is not wanted any more would be taken for its failure.
    if (isEnding()) await new Promise(() => undefined)
    throw error
  }
  const { port, host, path } = listening
  return { port, host, path, url: urlOf(listening, tls !== undefined), close, '~stop': stop }
}

async function waitAtMost(ms: number, done: Promise<void>): Promise<void> {
  if (ms === 0) return
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([done, late.promise])
  clearTimeout(timer)
}

function urlOf({ port, host, path }: Listening, isSecure: boolean): string {
  if (path !== undefined) return `unix:${path}`
  return `http${isSecure ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** @throws {StartupError} `invalid_option` */
function addressOf(options: ListenOptions): Omit<TransportOptions, 'handle' | 'limits' | 'tls' | 'log'> {
  const { port, host, path, mode, fd, backlog } = options
  const given = [path !== undefined && 'path', fd !== undefined && 'fd', (port ?? host) !== undefined && 'port or host']
  const places = given.filter((name) => name !== false)
  if (places.length > 1) refuse(`listen() has ${places.join(' and ')}: it listens at one place, give one of them`)
  if (path === '') refuse('path of listen() is empty')
  if (mode !== undefined && path === undefined) refuse('mode of listen() is that of the file at path, which is missing')
  if (mode !== undefined && !isWhole(mode, 0, 0o777)) refuse(`mode of listen() has to be such as 0o660, not ${mode}`)
  if (fd !== undefined && !isWhole(fd, 0, 2 ** 31)) refuse(`fd of listen() has to be a number from 0, not ${fd}`)
  if (backlog !== undefined && !isWhole(backlog, 1, 2 ** 31 - 1))
    refuse(`backlog of listen() has to be a number from 1, not ${backlog}`)
  return {
    port: port ?? 8000,
    host: host ?? '127.0.0.1',
    ...(path !== undefined && { path }),
    ...(mode !== undefined && { mode }),
    ...(fd !== undefined && { fd }),
    ...(backlog !== undefined && { backlog }),
  }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function refuse(message: string): never {
  throw new StartupError('invalid_option', message)
}
