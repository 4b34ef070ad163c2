import type { Duplex } from 'node:stream'
import { Answer } from './answer.ts'
import { HeaderList } from './headers.ts'

/**
 * Takes a connection over that leaves HTTP. It writes the `101` itself, with the given lines among its own.
 *
 * @param connection nobody else reads from it or writes to it any more; it has to be read from at once
 * @param rest what has come after the request already
 * @param lines headers of the answer, `name: value`, found fit to be sent
 * @returns a promise that settles when the connection is over, and never rejects
 */
export type TakeOver = (connection: Duplex, rest: Buffer, lines: readonly string[]) => Promise<void>

/** The answer that ends HTTP on a connection: `101 Switching Protocols` (RFC 9110, section 15.2.2). */
export class Upgrade extends Answer {
  readonly takeOver: TakeOver

  constructor(takeOver: TakeOver, headers: readonly string[] | HeaderList = []) {
    super(101, headers, null)
    this.takeOver = takeOver
  }

  override '~copy'(): Upgrade {
    return new Upgrade(this.takeOver, HeaderList['~of'](...this.headers.flat))
  }
}

/** Whether an answer takes the connection over. One whose status somebody has changed does not. */
export function isUpgrade(answer: Answer): answer is Upgrade {
  return answer.status === 101 && answer instanceof Upgrade
}

/** Names that the protocol taking over writes by itself, or that have no place in a `101`. */
const ownNames: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'content-length',
  'transfer-encoding',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
])

/** The headers of a `101` as lines. @throws {TypeError} for one that would split the answer (RFC 9112, section 11.1) */
export function linesOf({ headers }: Upgrade): string[] {
  // Once more, because a list can be given to an answer unchecked.
  return [...new HeaderList(headers.flat)]
    .filter(([name]) => !ownNames.has(name))
    .map(([name, value]) => `${name}: ${value}`)
}

/** What of a request tells whether it asks for WebSocket. */
export interface UpgradeFacts {
  readonly method: string
  /** The header `upgrade`. */
  readonly upgrade: string | undefined
  /** The header `connection`. */
  readonly connection: string | undefined
  readonly hasBody: boolean
}

/**
 * Whether a request of HTTP/1.1 asks for WebSocket (RFC 6455, section 4.2.1; RFC 9110, section 7.8). Any other
 * `Upgrade` may be ignored, and is.
 */
export function asksForWebSocket({ method, upgrade, connection, hasBody }: UpgradeFacts): boolean {
  return method === 'GET' && !hasBody && lists(upgrade, 'websocket') && lists(connection, 'upgrade')
}

/** Whether a request asks for any other protocol (RFC 9110, section 7.8). */
export function asksForUpgrade(upgrade: string | undefined, connection: string | undefined): boolean {
  return upgrade !== undefined && lists(connection, 'upgrade')
}

function lists(header: string | undefined, token: string): boolean {
  return header?.split(',').some((one) => one.trim().toLowerCase() === token) ?? false
}
