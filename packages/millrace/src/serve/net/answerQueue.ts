import type { Socket } from 'node:net'
import type { MaybePromise } from '../maybePromise.ts'
import { linesOf, type Upgrade } from '../upgrade.ts'
import type { NetExchange } from './netExchange.ts'
import { StreamPump } from './streamPump.ts'

/** Answers that wait for their turn may hold so many bytes before no more requests are read. */
const maxWaitingBytes = 64 * 1024

/** What a queue asks of its connection. */
export interface QueueOwner {
  /** Whether the connection ends after this answer; no more requests are begun then. */
  closesAfter(exchange: NetExchange): boolean
  /** An answer has been written to its end, or has its turn still to come but needs no more of its request. */
  onAnswered(exchange: NetExchange): void
  /** The last answer has been written. */
  onLastWritten(): void
  /** Gives the connection up. Returns what has come after the request. */
  letGo(): Buffer
}

/** Answers go out in the order of their requests, whenever they are ready (RFC 9112, section 9.3.2). */
export class AnswerQueue {
  readonly socket: Socket
  readonly #owner: QueueOwner
  #exchanges: NetExchange[] = []
  #waitingBytes = 0
  /** Of the answer whose turn it is, where it comes in pieces. */
  #pump: StreamPump | undefined = undefined

  constructor(socket: Socket, owner: QueueOwner) {
    this.socket = socket
    this.#owner = owner
  }

  get length(): number {
    return this.#exchanges.length
  }

  get last(): NetExchange | undefined {
    return this.#exchanges.at(-1)
  }

  /** Whether so much waits to be sent that it is better to read no more requests. */
  get isHeavy(): boolean {
    return this.#waitingBytes > maxWaitingBytes || this.socket.writableNeedDrain
  }

  add(exchange: NetExchange): void {
    this.#exchanges.push(exchange)
  }

  isFirst(exchange: NetExchange): boolean {
    return this.#exchanges[0] === exchange
  }

  /** Takes out the last, which will not be answered. */
  dropLast(): void {
    this.#exchanges.pop()?.close()
  }

  /** Sends the answer of an exchange, now or when its turn comes. */
  send(exchange: NetExchange): MaybePromise<void> {
    if (this.isFirst(exchange)) {
      this.#begin(exchange)
      return exchange.untilOver()
    }
    this.#waitingBytes += exchange.answer?.size ?? 0
    if (!exchange.answer?.stream) this.#owner.onAnswered(exchange)
    return exchange.untilOver()
  }

  /** Hands the connection over to another protocol. Its exchange is the only one: none was read after it. */
  handOver(exchange: NetExchange, answer: Upgrade): Promise<void> {
    const lines = linesOf(answer)
    this.#exchanges = []
    exchange.end()
    return answer.takeOver(this.socket, this.#owner.letGo(), lines)
  }

  /** There is room again. */
  drained(): void {
    this.#pump?.resume()
  }

  /** Nobody is there any more to be answered. */
  close(): void {
    const left = this.#exchanges
    this.#exchanges = []
    for (const exchange of left) exchange.close()
    this.#pump?.resume()
  }

  #begin(exchange: NetExchange): void {
    const { answer } = exchange
    if (!answer) return
    const closes = this.#owner.closesAfter(exchange)
    exchange.isBegun = true
    answer.write(this.socket, closes ? 'close' : exchange.head.framing.isOld ? 'keep-alive' : undefined)
    if (answer.stream) {
      this.#pump = new StreamPump(exchange, answer, answer.stream, this.socket, () => this.#finish(exchange, closes))
      this.#pump.start()
    } else this.#finish(exchange, closes)
  }

  /** After the last write of an answer, which was the first in line. */
  #finish(exchange: NetExchange, closes: boolean): void {
    const { socket } = this
    this.#pump = undefined
    // With nothing left in Node's buffers the answer is with the system, and nothing has to be waited for.
    if (socket.writableLength === 0) exchange.end()
    // Its callback comes after everything before it has been written.
    else socket.write('', 'latin1', (error) => (error ? exchange.close() : exchange.end()))
    if (this.#exchanges.length === 1) this.#exchanges.pop()
    else this.#exchanges.shift()
    if (closes) return this.#owner.onLastWritten()
    this.#owner.onAnswered(exchange)
    const next = this.#exchanges[0]
    if (!next) return
    this.#waitingBytes -= next.answer?.size ?? 0
    if (next.continuing === 'wanted') continueBody(next, socket)
    this.#begin(next)
  }
}

/** Tells a client that its body is wanted (RFC 9110, section 15.2.1). */
export function continueBody(exchange: NetExchange, socket: Socket): void {
  exchange.continuing = 'sent'
  socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
}
