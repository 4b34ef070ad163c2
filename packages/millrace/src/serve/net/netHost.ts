import type { ExchangeHandler, TransportLimits } from '../exchange.ts'
import type { Connection } from './connection.ts'

/** What the connections of one server share. */
export interface NetHost {
  readonly handle: ExchangeHandler
  readonly limits: Required<TransportLimits>
  readonly connections: Set<Connection>
  /** How often {@link nowMs} is set, and the time limits are looked at. */
  readonly tickMs: number
  /** One look at the clock for all requests of a tick, in milliseconds. */
  nowMs: number
  /** Whether each answer from now on is the last of its connection. */
  isClosing: boolean
}
