/** When a remote server is left alone for a while. */
export interface BreakerOptions {
  /** Failures in a row after which no more is sent. Default 5. */
  readonly failures?: number
  /** How long nothing is sent, in milliseconds. Then one call tries. Default 10,000. */
  readonly coolDownMs?: number
}

/** A circuit breaker: closed while calls succeed, open after too many failures, then half open for one try. */
export class Breaker {
  readonly #failures: number
  readonly #coolDownMs: number
  #inARow = 0
  #openUntil = 0
  #isTrying = false

  constructor({ failures = 5, coolDownMs = 10_000 }: BreakerOptions) {
    this.#failures = failures
    this.#coolDownMs = coolDownMs
  }

  /** Milliseconds until a call may be tried; 0 lets this one through. */
  enter(now: number): number {
    if (this.#inARow < this.#failures) return 0
    if (now < this.#openUntil) return this.#openUntil - now
    // Half open: one call finds out for all.
    if (this.#isTrying) return this.#coolDownMs
    this.#isTrying = true
    return 0
  }

  succeed(): void {
    this.#inARow = 0
    this.#isTrying = false
  }

  fail(now: number): void {
    this.#inARow++
    this.#isTrying = false
    if (this.#inARow >= this.#failures) this.#openUntil = now + this.#coolDownMs
  }

  /** The caller gave up: that says nothing about the server. */
  forget(): void {
    this.#isTrying = false
  }
}
