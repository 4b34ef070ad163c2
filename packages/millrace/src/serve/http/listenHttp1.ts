import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Listening, TransportOptions } from '../exchange.ts'
import { withDefaults } from '../limits.ts'
import { listenOn } from '../listenOn.ts'
import { nodeTlsOptions, watchTls, withCertificate } from '../tls.ts'
import { asksForUpgrade } from '../upgrade.ts'
import { HttpExchange } from './httpExchange.ts'
import { announcesBody, HttpRequest, hasItsHost } from './httpRequest.ts'
import { HttpUpgradeExchange, upgradeOptions } from './httpUpgradeExchange.ts'
import { endIdleConnections } from './idleConnections.ts'
import { nodeHttp } from './nodeHttp.ts'
import { holdBack } from './pipelining.ts'
import { refuseConnection, refuseRequest } from './refuse.ts'

/** The transport on Node's own HTTP/1.1 server, with TLS where there is a certificate. */
export async function listenHttp1(options: TransportOptions): Promise<Listening> {
  const { server, destroy } = makeHttpServer(options)
  return {
    ...(await listenOn(server, options)),
    close: () => close(server),
    destroy: () => {
      destroy()
      server.close()
    },
  }
}

/** A server that does not listen yet. */
export interface HttpServer {
  readonly server: Server
  /** Ends its connections. */
  destroy(): void
}

/** Makes a server of HTTP/1.1. @throws {StartupError} `invalid_option` */
export function makeHttpServer(options: Omit<TransportOptions, 'host' | 'port'>): HttpServer {
  const { handle, tls, log } = options
  const limits = withDefaults(options.limits)
  const serverOptions: ServerOptions<typeof HttpRequest> = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    // Not by Node: see `endIdleConnections`.
    keepAliveTimeout: 0,
    // How often the two timeouts above are looked at; Node's default of 30 s would make them three times as long.
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs, limits.requestTimeoutMs),
    // Node would answer without a body; we give a problem object.
    requireHostHeader: false,
    // Node would take the first of some headers, such as `authorization`, where a proxy may have looked at the last.
    joinDuplicateHeaders: true,
    noDelay: true,
    IncomingMessage: HttpRequest,
    ...upgradeOptions,
    // Measured on W1, Node 24: 10 % less processor time. Node before 24.12 does not know it.
    optimizeEmptyRequests: true,
  }
  const server: Server<typeof HttpRequest> = tls
    ? withCertificate(() =>
        process.getBuiltinModule('node:https').createServer({ ...serverOptions, ...nodeTlsOptions(tls) }),
      )
    : nodeHttp.createServer(serverOptions)
  const cutTls = tls && watchTls(server, log)
  // Node would drop headers beyond the 2,000th without a word; their bytes are limited anyway.
  server.maxHeadersCount = 0
  const spoilt = new WeakSet<Socket>()
  const shared = {
    server,
    spoilt,
    sendTimeoutMs: limits.sendTimeoutMs,
    keepAlive: `timeout=${Math.floor(limits.keepAliveTimeoutMs / 1_000)}`,
  }
  const isLast = countRequests(limits.maxRequestsPerConnection)
  /** Those that are to be handled in the next tick, behind which others of the same packet wait for their turn. */
  let deferred = 0
  const handleDeferred = (exchange: HttpExchange) => {
    deferred--
    handle(exchange)
  }
  const serve = (request: HttpRequest, response: ServerResponse, awaitsContinue: boolean) => {
    const { socket } = request
    // With the end sent, no answer can follow.
    if (spoilt.has(socket) || !socket.writable) return
    if (response.socket === null) holdBack(request, response)
    const isRefused = !hasItsHost(request)
    // Behind an upgrade that is ignored, Node drops what follows in the same packet, and would take the rest of that for a request of its own.
    // Of a server that closes, the first one that comes is the last that is begun.
    if (isRefused || ignoresUpgrade(request) || !server.listening || isLast?.(socket)) {
      spoilt.add(socket)
      response.shouldKeepAlive = false
    }
    if (isRefused) return refuseRequest(response, log)
    const exchange = new HttpExchange(shared, request, response, awaitsContinue)
    // By then the parser is through with the packet, which holds most bodies whole: they can be read without waiting.
    if (deferred === 0 && (awaitsContinue || !exchange.hasBody)) return handle(exchange)
    deferred++
    process.nextTick(handleDeferred, exchange)
  }
  server.on('request', (request, response) => serve(request, response, false))
  // With this listener Node leaves `100 Continue` to us: it is sent when the body is wanted, so that a refusal comes before the upload.
  server.on('checkContinue', (request, response) => {
    const hasBody = announcesBody(request)
    // Without it, Node would close the connection after an answer to a request that has nothing to wait with.
    if (!hasBody) response.writeContinue()
    serve(request, response, hasBody)
  })
  // Other expectations may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => serve(request, response, false))
  // These connections Node does not count as its own any more.
  const upgraded = new Set<Socket>()
  server.on('upgrade', (request, socket, rest) => {
    // A server of HTTP/1.1 has no other connections.
    const connection = socket as Socket
    upgraded.add(connection)
    connection.once('close', () => upgraded.delete(connection))
    const exchange = new HttpUpgradeExchange(shared, request, connection, rest)
    if (hasItsHost(request)) handle(exchange)
    else refuseRequest(exchange.response, log)
  })
  endIdleConnections(server, tls ? 'secureConnection' : 'connection', limits.keepAliveTimeoutMs)
  // Else Node would end a connection between two answers for the timer that watched the sending of an earlier one.
  server.on('timeout', () => undefined)
  // Node tells here of handshakes of TLS that fail, too; those connections are gone already.
  server.on('clientError', (error, socket) => {
    if (!socket.destroyed) refuseConnection(error, socket, log)
  })
  return {
    server,
    destroy: () => {
      server.closeAllConnections()
      for (const connection of upgraded) connection.destroy()
      cutTls?.()
    },
  }
}

/** Not with the method of the HTTP server, which cuts connections whose last answer has not been sent to its end. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve()))
}

/**
 * Tells of which request a connection is to be closed. Node's own way answers those behind it with 503, of which no
 * client knows that it may send them again.
 */
function countRequests(most: number): ((socket: Socket) => boolean) | undefined {
  if (most === Number.POSITIVE_INFINITY) return undefined
  const counts = new WeakMap<Socket, number>()
  return (socket) => {
    const count = (counts.get(socket) ?? 0) + 1
    counts.set(socket, count)
    return count >= most
  }
}

/** Whether a request asks for a protocol that it does not get: one that is handed over does not come here. */
function ignoresUpgrade({ headers: { connection, upgrade } }: IncomingMessage): boolean {
  return upgrade !== undefined && asksForUpgrade(upgrade, connection)
}
