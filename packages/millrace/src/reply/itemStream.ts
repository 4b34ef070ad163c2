import type { AnswerPiece, AnswerStream, PieceTaker } from '../serve/answer.ts'
import { isPromise } from '../serve/maybePromise.ts'

/** How the items of a stream are written. */
export interface ItemFormat {
  /** @throws when an item does not fit its schema */
  readonly write: (item: unknown) => string | Uint8Array | Promise<string>
  /** Sent when no item has come for a while; `undefined` for none. */
  readonly heartbeat: string | undefined
  /** The last words after a failure; where `undefined`, the connection is cut. */
  readonly failure: ((error: unknown) => string) | undefined
}

/** What a stream tells while it runs. */
export interface StreamOptions {
  readonly heartbeatMs: number
  /** Called once after the last item, before the end is told. @throws what then counts as a failure */
  readonly onEnd: () => Promise<void>
  /** Called once with what went wrong after the first item; its result is what the client is told of. */
  readonly onFailure: (error: unknown) => Promise<unknown>
}

const done: AnswerPiece = { done: true, value: undefined }

/** A handler's items on their way to the transport, which pulls them one at a time. */
export class ItemStream implements AnswerStream {
  readonly #source: AsyncIterator<unknown> | Iterator<unknown>
  readonly #format: ItemFormat
  readonly #options: StreamOptions
  /** The item that {@link start} has waited for. */
  #first: Promise<IteratorResult<unknown>> | undefined = undefined
  /** Settles when {@link start} need not wait any longer. */
  readonly #begun: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  /** Who waits for the next piece. */
  #waiting: PieceTaker | undefined = undefined
  /** What came while no `next` waited: a heartbeat had answered the one that asked for it, or the end came early. */
  readonly #ready: Promise<AnswerPiece>[] = []
  #isPulling = false
  #hasEnded = false
  #timer: NodeJS.Timeout | undefined = undefined
  #closed: Promise<void> | undefined = undefined

  constructor(source: AsyncIterator<unknown> | Iterator<unknown>, format: ItemFormat, options: StreamOptions) {
    this.#source = source
    this.#format = format
    this.#options = options
  }

  /**
   * Waits for the first item, but not longer than until the first heartbeat is due, so that an early
   * failure can still be answered with its status.
   *
   * @throws what the source throws before its first item, or the reason of {@link abort}
   */
  async start(): Promise<void> {
    // Written at once, so that a first item that does not fit its schema fails in time, too.
    const first = pull(this.#source).then(async (result) => {
      if (result.done) return result
      return { done: false as const, value: new Written(await this.#format.write(result.value)) }
    })
    this.#first = first
    const { promise, resolve, reject } = this.#begun
    // Later than a heartbeat, a failure is for `next` to tell.
    first.then(() => resolve(), reject)
    const timer = this.#format.heartbeat === undefined ? undefined : setTimeout(resolve, this.#options.heartbeatMs)
    try {
      await promise
    } catch (error) {
      await this.return()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  next(): Promise<AnswerPiece> {
    const ready = this.#ready.shift()
    if (ready) return ready
    if (this.#hasEnded) return Promise.resolve(done)
    const { promise, resolve, reject } = Promise.withResolvers<AnswerPiece>()
    this.#wait({ take: resolve, fail: reject })
    return promise
  }

  nextTo(taker: PieceTaker): void {
    if (this.#ready.length > 0 || this.#hasEnded) void this.next().then(taker.take, taker.fail)
    else this.#wait(taker)
  }

  return(): Promise<void> {
    this.#end()
    return this.#close()
  }

  /**
   * Ends the source, which may wait for an item that never comes, and then the stream with a failure. What the
   * source still has to say is told before.
   */
  abort(reason: unknown): void {
    if (this.#hasEnded) return
    this.#begun.promise.catch(() => undefined)
    this.#begun.reject(reason)
    void this.#close().then(() => this.#onFailure(reason))
  }

  #wait(taker: PieceTaker): void {
    this.#waiting = taker
    if (this.#format.heartbeat !== undefined) this.#armHeartbeat(this.#format.heartbeat)
    if (this.#isPulling) return
    this.#isPulling = true
    this.#pull()
  }

  /** Without an `async` function in between: its two promises are a part of what an event costs. */
  #pull(): void {
    try {
      const pulled = this.#first ?? this.#source.next()
      this.#first = undefined
      const pending = 'then' in pulled ? pulled : Promise.resolve(pulled)
      pending.then(this.#onItem, this.#onFailure)
    } catch (error) {
      this.#onFailure(error)
    }
  }

  #close(): Promise<void> {
    this.#closed ??= close(this.#source)
    return this.#closed
  }

  #armHeartbeat(heartbeat: string): void {
    if (this.#timer) this.#timer.refresh()
    else
      this.#timer = setTimeout(
        () => this.#waiting && this.#hand({ done: false, value: heartbeat }),
        this.#options.heartbeatMs,
      )
  }

  readonly #onItem = (result: IteratorResult<unknown>): void => {
    if (this.#hasEnded) return
    if (result.done) return void this.#options.onEnd().then(this.#end, this.#onFailure)
    try {
      const piece = result.value instanceof Written ? result.value.piece : this.#format.write(result.value)
      if (piece instanceof Promise) piece.then(this.#onWritten, this.#onFailure)
      else this.#onWritten(piece)
    } catch (error) {
      this.#onFailure(error)
    }
  }

  readonly #onWritten = (value: string | Uint8Array): void => {
    if (this.#hasEnded) return
    this.#isPulling = false
    this.#hand({ done: false, value })
  }

  readonly #onFailure = (error: unknown): void => {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    const { failure } = this.#format
    // An item that could not be written leaves the source waiting for its next turn.
    const last = this.#close()
      .then(() => this.#options.onFailure(error))
      .then((told): AnswerPiece => {
        if (failure) return { done: false, value: failure(told) }
        throw told
      })
    // At once: a heartbeat may have answered the last `next`, and the one to come must not find a silent end.
    this.#hand(last)
  }

  #hand(piece: AnswerPiece | Promise<AnswerPiece>): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) {
      if (isPromise(piece)) piece.then(waiting.take, waiting.fail)
      else waiting.take(piece)
    } else {
      const ready = Promise.resolve(piece)
      ready.catch(() => undefined)
      this.#ready.push(ready)
    }
  }

  readonly #end = (): void => {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    this.#hand(done)
  }
}

/** The first item, already written. */
class Written {
  readonly piece: string | Uint8Array

  constructor(piece: string | Uint8Array) {
    this.piece = piece
  }
}

async function pull(source: AsyncIterator<unknown> | Iterator<unknown>): Promise<IteratorResult<unknown>> {
  return await source.next()
}

async function close(source: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await source.return?.()
  } catch {
    // The stream is over and its outcome has been told; a failure to stop has no one left to hear it.
  }
}
