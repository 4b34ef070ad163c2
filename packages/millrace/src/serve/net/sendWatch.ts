import type { Socket } from 'node:net'

/** Cuts a connection whose client takes nothing of what has been written to it, which would keep all of that for ever. */
export class SendWatch {
  readonly #socket: Socket
  readonly #timeoutMs: number
  #isArmed = false

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
  }

  /** Called again and again: only a connection that has something left to send needs a timer. */
  check(): void {
    const isSending = this.#socket.writableLength > 0
    if (isSending === this.#isArmed) return
    this.#isArmed = isSending
    // Node's own timer: it begins anew while a large write moves on, of which nothing else tells.
    this.#socket.setTimeout(isSending ? this.#timeoutMs : 0, this.#onTimeout)
  }

  readonly #onTimeout = (): void => {
    this.#isArmed = false
    if (this.#socket.writableLength > 0) this.#socket.destroy()
  }
}
