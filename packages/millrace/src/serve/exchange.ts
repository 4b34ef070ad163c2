import type { Answer } from './answer.ts'
import type { MaybePromise } from './maybePromise.ts'
import type { MountedAt } from './mounted.ts'
import type { TlsOptions } from './tls.ts'

/**
 * One request and its one answer: all that a transport offers to the rest, and all that a new transport
 * has to implement.
 */
export interface Exchange {
  /** Upper case. */
  readonly method: string
  /** Path and query as they came, undecoded: `/items/3?q=a%20b`. */
  readonly target: string
  /** `http` or `https`, as the connection is; forwarded headers are not looked at. */
  readonly scheme: 'http' | 'https'
  /** The peer's IP address, where the transport knows it. */
  readonly clientAddress: string | undefined
  /** Whether the connection has come by a Unix socket: from this machine, and so without an address. */
  readonly isUnixPeer?: boolean | undefined
  /** Where another app has handed the request on to one that is mounted in it. */
  readonly mountedAt?: MountedAt | undefined
  /** Whether the client has left, or the connection has failed, before the answer was whole. */
  readonly isClosed: boolean
  /** Whether the client asks for WebSocket, and the connection can be handed over: {@link send} then takes an `Upgrade`. */
  readonly isUpgrade: boolean
  /** Whether the request says that it has a body, be it an empty one. */
  readonly hasBody: boolean
  /** One header by its lower-case name; repeated ones joined by `, `, cookies by `; `. */
  header(name: string): string | undefined
  /** Whether repeated headers have come as one, joined by `, `, as those of a web `Request` do. */
  readonly areHeadersJoined?: boolean | undefined
  /** Every header as it came: name, value, name, value. */
  rawHeaders(): readonly string[]
  /**
   * The whole body. Called at most once, and never beside {@link bodyStream}.
   *
   * @throws {HttpError} `body_too_large` as soon as more than `maxBytes` are announced or have come;
   *   `client_closed` when the client leaves before the end
   */
  body(maxBytes: number): MaybePromise<Uint8Array>
  /** The body in pieces, with the same limit. */
  bodyStream(maxBytes: number): ReadableStream<Uint8Array>
  /**
   * What has followed the body: name, value, name, value. `undefined` before the end of the body; a transport that
   * knows of no trailers has not this function.
   */
  rawTrailers?(): readonly string[] | undefined
  /** Calls `listener` once if the client leaves before the answer is whole; at once if it already has. */
  onClose(listener: () => void): void
  /** Calls `listener` when the server is about to stop; only where another app, which is told first, hands requests on. */
  onDrain?(listener: () => void): void
  /** Sends the answer. Settles when its last byte is handed over, or the client has left; never throws. */
  send(answer: Answer): MaybePromise<void>
}

/** What a transport calls for each request. It never throws. */
export type ExchangeHandler = (exchange: Exchange) => void

/** Limits of a listening transport; each has a default. */
export interface TransportLimits {
  /** Of the request line and all headers together, in bytes. Default 16 KiB; more is answered with 431. */
  readonly maxHeaderBytes?: number
  /** For all headers to come, in milliseconds. Default 10,000, at most `requestTimeoutMs`; later is answered with 408. */
  readonly headersTimeoutMs?: number
  /** For the whole request with its body, in milliseconds. Default 60,000; later is answered with 408. */
  readonly requestTimeoutMs?: number
  /** For an idle connection to stay open, in milliseconds. Default 5,000. */
  readonly keepAliveTimeoutMs?: number
  /** Connections at once, of each process. Default: no limit but the system's; more are closed at once. */
  readonly maxConnections?: number
  /** Of one connection, which then closes. Default: no limit. */
  readonly maxRequestsPerConnection?: number
  /** For a client to take nothing of what has been written to it, in milliseconds. Default 60,000; then it is cut. */
  readonly sendTimeoutMs?: number
}

/** Where a transport tells of what is no request. */
export interface TransportLog {
  debug(message: string, fields?: object): void
  warn(message: string, fields?: object): void
}

/** Where a transport listens, and for what. */
export interface TransportOptions {
  readonly host: string
  readonly port: number
  /** In place of the two before: a Unix socket. */
  readonly path?: string
  /** Of the file at {@link path}. */
  readonly mode?: number
  /** In place of all of them: what has been opened by whoever has started this process. */
  readonly fd?: number
  /** So many connections may wait to be accepted. */
  readonly backlog?: number
  readonly limits?: TransportLimits
  /** Serves HTTPS. */
  readonly tls?: TlsOptions
  /** Told of connections that come to nothing. */
  readonly log?: TransportLog
  readonly handle: ExchangeHandler
}

/** A transport that listens. */
export interface Listening {
  /** 0 where it listens at a path. */
  readonly port: number
  /** Empty where it listens at a path. */
  readonly host: string
  /** Of a Unix socket. */
  readonly path?: string
  /** Stops accepting; resolves when every connection has ended. */
  close(): Promise<void>
  /** Ends the connections that are left. */
  destroy(): void
}

/** Opens a port. @throws {Error} of the system, such as `EADDRINUSE` */
export type Transport = (options: TransportOptions) => Promise<Listening>
