import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { MaybePromise } from './maybePromise.ts'
import type { MountedAt } from './mounted.ts'

/**
 * A request that asks for WebSocket, as a mounted app sees it. That app answers it as its own, and the app around it
 * sends the answer, with its connection where it is an `Upgrade`: a web `Request` has none.
 *
 * The app around it holds it as a stream of its request, whose end, abort and drain it passes on.
 */
export class MountedExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly mountedAt: MountedAt
  readonly isUpgrade = true
  readonly hasBody: boolean
  readonly #outer: Exchange
  readonly #answer: PromiseWithResolvers<Answer> = Promise.withResolvers()
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #onClose: (() => void)[] = []
  readonly #onDrain: (() => void)[] = []
  #isAborted = false

  constructor(outer: Exchange, mountedAt: MountedAt) {
    this.method = outer.method
    this.hasBody = outer.hasBody
    this.target = mountedAt.target
    this.mountedAt = mountedAt
    this.#outer = outer
  }

  /** Once the mounted app has one. */
  get answer(): Promise<Answer> {
    return this.#answer.promise
  }

  get scheme(): 'http' | 'https' {
    return this.mountedAt.scheme
  }

  get clientAddress(): string | undefined {
    return this.mountedAt.clientAddress
  }

  get isClosed(): boolean {
    return this.#isAborted || this.#outer.isClosed
  }

  header(name: string): string | undefined {
    return this.#outer.header(name)
  }

  get areHeadersJoined(): boolean | undefined {
    return this.#outer.areHeadersJoined
  }

  rawHeaders(): readonly string[] {
    return this.#outer.rawHeaders()
  }

  body(maxBytes: number): MaybePromise<Uint8Array> {
    return this.#outer.body(maxBytes)
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    return this.#outer.bodyStream(maxBytes)
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener()
    else this.#onClose.push(listener)
  }

  onDrain(listener: () => void): void {
    this.#onDrain.push(listener)
  }

  /** Settles when the app around is through with the answer, whether it has sent this one or another. */
  send(answer: Answer): Promise<void> {
    this.#answer.resolve(answer)
    return this.#over.promise
  }

  /** The request is over. */
  async return(): Promise<void> {
    this.#over.resolve()
  }

  abort(): void {
    this.#isAborted = true
    for (const listener of this.#onClose.splice(0)) listener()
  }

  drain(): void {
    for (const listener of this.#onDrain) listener()
  }
}
