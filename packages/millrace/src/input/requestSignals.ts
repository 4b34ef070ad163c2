import { codedError } from '../errors/codedError.ts'
import type { RequestContext } from './context.ts'

/** A stream that a request holds open. */
export interface HeldStream {
  /** Ends it where it is to be ended without a word. */
  return(): Promise<void>
  /** Ends it with a failure. */
  abort(reason: unknown): void
  /** The server is about to stop: what has no end of its own is to come to one. */
  drain?(): void
}

/** How a request is aborted, and who is told of it: made when someone asks, so that no other request pays for it. */
export class RequestSignals {
  readonly #context: RequestContext
  #request: AbortController | undefined = undefined
  #dependencies: AbortController | undefined = undefined
  #reason: unknown = undefined
  #watchesClose = false

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Aborted when the client leaves, or the time is up. */
  get request(): AbortSignal {
    if (!this.#request) {
      const controller = new AbortController()
      this.#request = controller
      if (this.#reason !== undefined) controller.abort(this.#reason)
      else this.#watchClose()
    }
    return this.#request.signal
  }

  /** The same, aborted as well when a dependency fails. */
  get dependencies(): AbortSignal {
    if (!this.#dependencies) {
      const controller = new AbortController()
      this.#dependencies = controller
      const { request } = this
      request.addEventListener('abort', () => controller.abort(request.reason), { once: true })
      if (request.aborted) controller.abort(request.reason)
      const failure = this.#context['~failure']
      if (failure !== undefined) controller.abort(failure)
    }
    return this.#dependencies.signal
  }

  failDependencies(error: unknown): void {
    this.#dependencies?.abort(error)
  }

  abort(reason: unknown): void {
    this.#reason ??= reason
    this.#request?.abort(reason)
    const streams = this.#context['~streams']
    if (streams) for (const stream of streams) stream.abort(reason)
  }

  /** Ends a stream with the request. */
  hold(stream: HeldStream): void {
    if (this.#reason !== undefined) stream.abort(this.#reason)
    else this.#watchClose()
  }

  /** Of an error that came because of the signal. */
  causeOf(error: unknown): unknown {
    return this.#request?.signal.aborted ? this.#request.signal.reason : error
  }

  #watchClose(): void {
    if (this.#watchesClose) return
    this.#watchesClose = true
    const context = this.#context
    const exchange = context['~exchange']
    exchange.onClose(() => this.abort(codedError('client_closed', 'The client has left')))
    exchange.onDrain?.(() => context['~drain']())
  }
}
