import type { Socket } from 'node:net'
import { lingerBytes, lingerMs } from '../linger.ts'
import type { NetHost } from './netHost.ts'

/** What a connection waits for. */
export type Phase =
  | /** the first byte of a request; time runs only while nothing is being answered */ 'idle'
  | /** the rest of a head */ 'head'
  | /** the rest of a body */ 'body'
  | /** the client to take note that this is over, after which nothing is read but its end */ 'farewell'
  | /** nothing any more: another protocol has its own limits */ 'handed over'

/** How long and for how much a connection waits, by one clock for all of them, which ticks now and then. */
export class Patience {
  /** The first request has to come in time, too: a connection begins as if its first byte had come. */
  phase: Phase = 'head'
  readonly #host: NetHost
  readonly #socket: Socket
  /** When the phase began; that of a body begins with its head. */
  #sinceMs: number
  #dropUntilMs = Number.POSITIVE_INFINITY
  #dropUntilBytes = Number.POSITIVE_INFINITY

  constructor(host: NetHost, socket: Socket) {
    this.#host = host
    this.#socket = socket
    this.#sinceMs = host.nowMs
  }

  /** Some of a head is there. */
  onHead(): void {
    if (this.phase === 'idle') this.#sinceMs = this.#host.nowMs
    this.phase = 'head'
  }

  /** A request is whole. */
  onMessage(): void {
    this.phase = 'idle'
    this.#sinceMs = this.#host.nowMs
    this.#dropUntilMs = Number.POSITIVE_INFINITY
    this.#dropUntilBytes = Number.POSITIVE_INFINITY
  }

  /** An answer is whole. */
  onAnswered(): void {
    if (this.phase === 'idle') this.#sinceMs = this.#host.nowMs
  }

  /** From now on what comes is dropped, which has its limits. */
  startDropping(): void {
    if (this.#dropUntilMs !== Number.POSITIVE_INFINITY) return
    this.#dropUntilMs = this.#host.nowMs + this.#host.tickMs + lingerMs
    this.#dropUntilBytes = this.#socket.bytesRead + lingerBytes
  }

  /** Whether more has been dropped than is reasonable. */
  get isOverrun(): boolean {
    return this.#dropUntilBytes !== Number.POSITIVE_INFINITY && this.#socket.bytesRead > this.#dropUntilBytes
  }

  /**
   * Looks at the time.
   *
   * @param isAnswering whether a request is at work
   * @returns whether to go on waiting, to end the connection, or to tell the client that it was too slow
   */
  judge(nowMs: number, isAnswering: boolean): 'wait' | 'end' | 'late' {
    if (this.phase === 'handed over') return 'wait'
    const { limits, tickMs } = this.#host
    // What has been written may still be on its way to a slow reader.
    const isWriting = this.#socket.writableLength > 0
    if (this.phase === 'farewell' && isWriting) this.#dropUntilMs = nowMs + lingerMs
    if (nowMs >= this.#dropUntilMs) return 'end'
    // The clock may be late by a tick: nothing is to end too early.
    const waitedMs = nowMs - this.#sinceMs - tickMs
    switch (this.phase) {
      case 'idle':
        if (isAnswering || isWriting) this.#sinceMs = nowMs
        return waitedMs >= limits.keepAliveTimeoutMs && !isAnswering && !isWriting ? 'end' : 'wait'
      case 'head':
        return waitedMs >= Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs) ? 'late' : 'wait'
      case 'body':
        return waitedMs >= limits.requestTimeoutMs ? 'late' : 'wait'
      default:
        return 'wait'
    }
  }
}
