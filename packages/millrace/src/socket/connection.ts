import { SocketClosedError } from '../errors/SocketClosedError.ts'
import { WebSocketError } from '../errors/WebSocketError.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { closeReason } from './closeReason.ts'
import { Heartbeat } from './heartbeat.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import type { Ws } from './package.ts'
import type { WriteMessage } from './writeMessage.ts'

/** After our close frame, for the client's to come; then the connection is cut. In milliseconds. */
export const closeTimeoutMs = 5_000

const noBytes = new Uint8Array()

/** An open WebSocket: what comes, what goes, and whether the client is still there. */
export class SocketConnection {
  readonly inbox: Inbox
  readonly outbox: Outbox
  /** Settles when the connection is over. */
  readonly over: Promise<SocketClosedError>
  /** Why nothing can be sent any more. */
  failure: SocketClosedError | undefined = undefined
  /** What was wrong with what the client sent, or with the connection. */
  error: Error | undefined = undefined
  readonly #ws: Ws
  readonly #heartbeat: Heartbeat
  #closeTimer: NodeJS.Timeout | undefined = undefined

  constructor(ws: Ws, plan: SocketPlan, write: WriteMessage) {
    const { limits } = plan
    this.#ws = ws
    const inbox = new Inbox(limits, {
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      onOverflow: () => this.close(1008, 'Messages come faster than they are taken'),
    })
    this.inbox = inbox
    this.outbox = new Outbox(ws, write, limits.maxBufferedBytes, this)
    this.#heartbeat = new Heartbeat(limits, {
      // That it has been written says nothing: the system takes it for a client that is gone, too.
      ping: () => ws.ping(noBytes, false, () => undefined),
      get isPaused() {
        return inbox.isPaused
      },
      onSilence: () => {
        this.error = new Error('It gave no sign of life')
        ws.terminate()
      },
      onIdle: () => this.close(1001, 'Nothing was said for too long'),
    })
    ws.on('message', (data, isBinary) => {
      this.#heartbeat.onLife()
      this.#heartbeat.onMessage()
      this.inbox.push({ data, isBinary })
    })
    ws.on('ping', () => this.#heartbeat.onLife())
    ws.on('pong', () => this.#heartbeat.onLife())
    // `close` follows, and says all there is to say.
    ws.on('error', (error) => (this.error = error))
    this.over = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.#heartbeat.stop()
        clearTimeout(this.#closeTimer)
        const closed = new SocketClosedError(code, reason.toString('utf8') || (this.error?.message ?? ''))
        this.failure ??= closed
        this.inbox.end(closed)
        resolve(closed)
      })
    })
  }

  get isOpen(): boolean {
    return this.failure === undefined && this.#ws.readyState === 1
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  /** Starts the closing handshake (RFC 6455, section 7.1.2). The first code and reason count. */
  close(code: number, reason: string): void {
    if (this.failure) return
    const closed = new SocketClosedError(code, closeReason(reason))
    this.failure = closed
    this.#ws.close(code, closed.reason)
    this.inbox.end(closed)
    this.#heartbeat.stop()
    this.#closeTimer = setTimeout(() => this.#ws.terminate(), closeTimeoutMs)
  }

  onOverflow(): Error {
    this.close(1008, 'Messages are not read fast enough')
    return this.failure ?? new WebSocketError(1008)
  }

  onSent(hasWaited: boolean): void {
    this.#heartbeat.onMessage()
    if (hasWaited) this.#heartbeat.onLife()
  }
}
