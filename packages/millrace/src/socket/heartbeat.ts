import type { SocketLimits } from '../plan/socketPlan.ts'

/** What a heartbeat asks of its connection. */
export interface Pulse {
  ping(): void
  /** Whether nothing is read, so that an answer could not be seen. */
  readonly isPaused: boolean
  /** The client has not given a sign of life. */
  onSilence(): void
  /** No message has come or gone for a while. */
  onIdle(): void
}

/** Finds out whether a client is still there, by pings (RFC 6455, section 5.5.2), and whether it is of use. */
export class Heartbeat {
  readonly #limits: SocketLimits
  readonly #pulse: Pulse
  #ping: NodeJS.Timeout | undefined = undefined
  #silence: NodeJS.Timeout | undefined = undefined
  #idle: NodeJS.Timeout | undefined = undefined

  constructor(limits: SocketLimits, pulse: Pulse) {
    this.#limits = limits
    this.#pulse = pulse
    const { pingIntervalMs, idleTimeoutMs } = limits
    if (pingIntervalMs !== Number.POSITIVE_INFINITY) this.#ping = setInterval(this.#onPing, pingIntervalMs)
    if (idleTimeoutMs !== Number.POSITIVE_INFINITY) this.#idle = setTimeout(() => pulse.onIdle(), idleTimeoutMs)
  }

  /** Something has come from the client, or has got through to it. */
  onLife(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
  }

  /** A message has come or gone. */
  onMessage(): void {
    this.#idle?.refresh()
  }

  stop(): void {
    clearInterval(this.#ping)
    clearTimeout(this.#silence)
    clearTimeout(this.#idle)
  }

  readonly #onPing = (): void => {
    if (this.#silence) return
    // Even where no answer can be seen: a connection that is gone fails as soon as something is sent.
    this.#pulse.ping()
    if (this.#pulse.isPaused) return
    const { pongTimeoutMs } = this.#limits
    if (pongTimeoutMs !== Number.POSITIVE_INFINITY) this.#silence = setTimeout(this.#onSilence, pongTimeoutMs)
  }

  readonly #onSilence = (): void => {
    this.#silence = undefined
    if (!this.#pulse.isPaused) this.#pulse.onSilence()
  }
}
