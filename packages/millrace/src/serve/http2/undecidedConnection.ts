import type { Socket } from 'node:net'
import type { HostedConnection, NetHost } from '../net/netHost.ts'

/** What a client of HTTP/2 sends first (RFC 9113, section 3.4) begins with these; no method of HTTP/1.1 does. */
const preface = Buffer.from('PRI ')

/** A connection of which it is not known yet what it speaks. It ends by itself when nothing comes in time. */
export class UndecidedConnection implements HostedConnection {
  readonly #host: NetHost
  readonly #socket: Socket
  readonly #decide: (isHttp2: boolean) => void
  readonly #sinceMs: number
  #first: Buffer = Buffer.alloc(0)

  /** @param decide called once enough has come, which is then there to be read */
  constructor(host: NetHost, socket: Socket, decide: (isHttp2: boolean) => void) {
    this.#host = host
    this.#socket = socket
    this.#decide = decide
    this.#sinceMs = host.nowMs
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#forget).on('error', ignore)
  }

  checkTime(nowMs: number): void {
    if (nowMs - this.#sinceMs - this.#host.tickMs >= this.#host.limits.headersTimeoutMs) this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  readonly #onData = (chunk: Buffer): void => {
    const first = Buffer.concat([this.#first, chunk])
    this.#first = first
    const length = Math.min(first.length, preface.length)
    const isAlike = first.compare(preface, 0, length, 0, length) === 0
    // Some methods begin with the same letter.
    if (isAlike && length < preface.length) return
    const socket = this.#socket
    this.#forget()
    socket.pause().unshift(first)
    this.#decide(isAlike)
  }

  readonly #onEnd = (): void => this.destroy()

  readonly #forget = (): void => {
    this.#host.connections.delete(this)
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#forget).off('error', ignore)
  }
}

function ignore(): void {
  // `close` follows, and says all there is to say.
}
