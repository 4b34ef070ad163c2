import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { StartupError } from '../errors/StartupError.ts'
import type { IncomingAnswer } from './openInProcess.ts'

/**
 * The part of `ws` that is used. The package is an optional peer: where it is not installed, its own types are
 * not there either.
 */
export interface WsPackage {
  readonly WebSocket: new (url: string, protocols: string[], options: WsClientOptions) => WsClient
  readonly WebSocketServer: new (options: WsServerOptions) => WsServer
}

export interface WsClientOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly createConnection: () => Duplex
}

/** A client. */
export interface WsClient {
  on(event: 'unexpected-response', listener: (request: unknown, answer: IncomingAnswer) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  emit(event: 'error', error: Error): boolean
  terminate(): void
}

export interface WsServerOptions {
  readonly noServer: true
  readonly clientTracking: false
  readonly maxPayload: number
  readonly perMessageDeflate: boolean
  readonly closeTimeout: number
  readonly handleProtocols: (offered: Set<string>) => string | false
}

/** Speaks the handshake on connections that it is given. */
export interface WsServer {
  handleUpgrade(request: WsRequest, connection: Duplex, rest: Buffer, onOpen: (ws: Ws) => void): void
  on(event: 'headers', listener: (lines: string[], request: WsRequest) => void): this
  on(event: 'wsClientError', listener: (error: Error, connection: Duplex, request: WsRequest) => void): this
}

/** What it reads of a request. */
export interface WsRequest {
  readonly method: 'GET'
  readonly headers: Readonly<Record<string, string>>
  /** For the answer; ours. */
  readonly lines: readonly string[]
}

/** One connection. */
export interface Ws {
  /** 0 to 3, as browsers have it: connecting, open, closing, closed. */
  readonly readyState: number
  readonly bufferedAmount: number
  readonly isPaused: boolean
  send(data: string | Uint8Array, onSent: (error?: Error) => void): void
  ping(data: Uint8Array, mask: boolean, onSent: (error?: Error) => void): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this
  on(event: 'ping' | 'pong', listener: () => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'close', listener: (code: number, reason: Buffer) => void): this
}

let loaded: WsPackage | undefined

/**
 * Loads `ws`, once: beside Millrace, or else where the app is, for Millrace may be linked into it from elsewhere.
 *
 * @throws {StartupError} `missing_package`
 */
export function loadWs(): WsPackage {
  loaded ??= findWs()
  return loaded
}

function findWs(): WsPackage {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from)('ws') as WsPackage
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new StartupError('missing_package', "WebSockets need the package 'ws': npm install ws")
}
