import type { Socket } from 'node:net'
import { type AnswerPiece, type AnswerStream, type PieceTaker, takeNext } from '../answer.ts'
import type { NetExchange } from './netExchange.ts'
import type { OutgoingAnswer } from './outgoingAnswer.ts'

/** Writes each piece of a stream when the one before has left, until the end or until the client is gone. */
export class StreamPump implements PieceTaker {
  readonly #exchange: NetExchange
  readonly #answer: OutgoingAnswer
  readonly #stream: AnswerStream
  readonly #socket: Socket
  readonly #onEnd: () => void
  #isWaiting = false

  /** @param onEnd called after the last write */
  constructor(exchange: NetExchange, answer: OutgoingAnswer, stream: AnswerStream, socket: Socket, onEnd: () => void) {
    this.#exchange = exchange
    this.#answer = answer
    this.#stream = stream
    this.#socket = socket
    this.#onEnd = onEnd
  }

  start(): void {
    this.#next()
  }

  /** There is room again, or nobody who needs any. */
  resume(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#next()
  }

  #next(): void {
    if (!this.#exchange.isClosed) takeNext(this.#stream, this)
  }

  readonly take = (piece: AnswerPiece): void => {
    if (this.#exchange.isClosed) return
    const socket = this.#socket
    try {
      if (piece.done === true) {
        this.#answer.writeEnd(socket)
        return this.#onEnd()
      }
      const hasRoom = this.#answer.writePiece(socket, piece.value)
      // One that has been destroyed needs none, but its end is still to be told of.
      this.#isWaiting = !hasRoom && (socket.writableNeedDrain || socket.destroyed)
    } catch {
      return this.fail()
    }
    if (!this.#isWaiting) this.#next()
  }

  /** The head is out, so only cutting the connection can still tell the client that the body is not whole. */
  readonly fail = (): void => {
    this.#socket.destroy()
    this.#exchange.close()
  }
}
