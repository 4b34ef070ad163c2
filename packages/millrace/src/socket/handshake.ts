import { codedError } from '../errors/codedError.ts'
import type { HttpError } from '../errors/HttpError.ts'
import type { RequestContext } from '../input/context.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'

/** RFC 6455, section 4.1: 16 bytes in base64. */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/
/** RFC 9110, section 5.6.2 */
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Looks at what a handshake has to be (RFC 6455, section 4.2.1), before anything is made for it. */
export function refuseHandshake(context: RequestContext, { path, limits }: SocketPlan): HttpError | undefined {
  const { method } = context
  if (!context['~exchange'].isUpgrade) return notUpgradable(context)
  if (context.header('sec-websocket-version') !== '13')
    return upgradeRequired(`${path} speaks version 13 of WebSocket`, { 'sec-websocket-version': '13' })
  if (!keyPattern.test(context.header('sec-websocket-key') ?? ''))
    return codedError('bad_request', "The header 'sec-websocket-key' has to be 16 bytes in base64, once")
  const { origins } = limits
  const origin = context.header('origin')
  if (method !== 'GET' || origin === undefined || origins === '*' || origins.includes(origin)) return undefined
  const { checksSocketOrigins } = context['~host'].routing
  if (origins.length === 0 && (!checksSocketOrigins || isOwn(origin, context))) return undefined
  return codedError(
    'origin_refused',
    `Pages of the origin ${origin} may not open this WebSocket: the server names those that may as 'origins'`,
  )
}

function upgradeRequired(detail: string, headers: Readonly<Record<string, string>> = {}): HttpError {
  // RFC 9110, section 15.5.22
  return codedError('upgrade_required', detail, {
    headers: { connection: 'Upgrade', upgrade: 'websocket', ...headers },
  })
}

function notUpgradable(context: RequestContext): HttpError {
  const asks = context.header('upgrade')?.toLowerCase() === 'websocket'
  return upgradeRequired(
    asks
      ? 'This request cannot become a WebSocket: it has to be a GET of HTTP/1.1 without a body, with no other before it that waits for its answer'
      : `${context.path} speaks WebSocket alone: open it with a WebSocket client, over a connection and not by app.fetch`,
  )
}

/** Whether a page comes from where the request goes to. */
function isOwn(origin: string, context: RequestContext): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  const own = `${protocol}//${context.host}`
  return URL.canParse(own) && new URL(own).host === host
}

/**
 * The subprotocols that a client offers (RFC 6455, section 11.3.4).
 *
 * @throws {HttpError} `bad_request`
 */
export function offeredSubprotocols(context: RequestContext): readonly string[] {
  const header = context.header('sec-websocket-protocol')
  if (header === undefined) return []
  const offered = header.split(',').map((one) => one.trim())
  if (!offered.every((one) => tokenPattern.test(one)) || new Set(offered).size < offered.length)
    throw codedError('bad_request', "The header 'sec-websocket-protocol' has to be a list of different tokens")
  return offered
}

/**
 * The subprotocol of a connection; empty for none.
 *
 * @param wanted by the handler
 * @param spoken by the operation, the best first
 * @throws {TypeError} for one that the client has not offered: it would close at once
 */
export function chooseSubprotocol(
  wanted: string | undefined,
  offered: readonly string[],
  spoken: readonly string[],
): string {
  if (wanted === undefined) return spoken.find((one) => offered.includes(one)) ?? ''
  if (offered.includes(wanted)) return wanted
  throw new TypeError(`The client has not offered the subprotocol '${wanted}'`)
}
