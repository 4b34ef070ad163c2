import type { Duplex } from 'node:stream'
import type { RequestContext } from '../input/context.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { closeTimeoutMs } from './connection.ts'
import { loadWs, type Ws, type WsRequest, type WsServer } from './package.ts'

/** Makes what speaks WebSocket for an operation. @throws {StartupError} `missing_package` */
export function makeWsServer({ limits }: SocketPlan): WsServer {
  const { WebSocketServer } = loadWs()
  const { maxMessageBytes, compress } = limits
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // For `ws`, 0 means no limit.
    maxPayload: maxMessageBytes === Number.POSITIVE_INFINITY ? 0 : Math.max(1, maxMessageBytes),
    perMessageDeflate: compress,
    closeTimeout: closeTimeoutMs,
    handleProtocols: (offered) => [...offered][0] ?? false,
  })
  server.on('headers', (lines, request) => void lines.push(...request.lines))
  // With a listener, `ws` leaves a connection that it refuses to us.
  server.on('wsClientError', () => undefined)
  return server
}

/** What was agreed upon. */
export interface Agreement {
  /** Empty for none. */
  readonly subprotocol: string
  /** Headers of the answer, `name: value`. */
  readonly lines: readonly string[]
}

/** Answers a handshake that has been looked at, and takes the connection over. `undefined` when the client has left. */
export function openWs(
  server: WsServer,
  context: RequestContext,
  connection: Duplex,
  rest: Buffer,
  { subprotocol, lines }: Agreement,
): Ws | undefined {
  if (!connection.readable || !connection.writable) {
    connection.destroy()
    return undefined
  }
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': context.header('sec-websocket-key') as string,
    // Only the chosen one: which it is has been decided.
    ...(subprotocol === '' ? {} : { 'sec-websocket-protocol': subprotocol }),
  }
  const extensions = context.header('sec-websocket-extensions')
  const attempt = (request: WsRequest): Ws | undefined => {
    let opened: Ws | undefined
    server.handleUpgrade(request, connection, rest, (ws) => (opened = ws))
    return opened
  }
  const plain: WsRequest = { method: 'GET', headers, lines }
  if (extensions === undefined) return attempt(plain)
  // Extensions that are not well-formed are none: a server need not accept any (RFC 6455, section 9.1).
  return attempt({ ...plain, headers: { ...headers, 'sec-websocket-extensions': extensions } }) ?? attempt(plain)
}
