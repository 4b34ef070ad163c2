import { SocketClosedError } from '../errors/SocketClosedError.ts'
import type { RequestContext } from '../input/context.ts'
import { HeaderList } from '../serve/headers.ts'
import { type TakeOver, Upgrade } from '../serve/upgrade.ts'
import type { SocketConnection } from './connection.ts'
import { chooseSubprotocol, offeredSubprotocols } from './handshake.ts'
import type { AcceptOptions } from './Socket.ts'

/** A handshake that may still become a connection: it is accepted or refused, once. */
export class Opening {
  /** Subprotocols that the client offers. */
  readonly offered: readonly string[]
  /** The one that was chosen; empty for none. */
  subprotocol = ''
  isAccepted = false
  /** Set when the handshake has been answered. */
  connection: SocketConnection | undefined = undefined
  /** Why there will be no connection. */
  failure: unknown = undefined
  /** The draft of its response has headers for the answer. */
  readonly #context: RequestContext
  readonly #subprotocols: readonly string[]
  readonly #answer: PromiseWithResolvers<Upgrade> = Promise.withResolvers()
  readonly #connected: PromiseWithResolvers<SocketConnection> = Promise.withResolvers()

  /**
   * @param subprotocols that the operation speaks
   * @throws {HttpError} `bad_request`
   */
  constructor(context: RequestContext, subprotocols: readonly string[]) {
    this.#context = context
    this.#subprotocols = subprotocols
    this.offered = offeredSubprotocols(context)
    // Whoever waits for them is told; nobody has to.
    this.#answer.promise.catch(() => undefined)
    this.#connected.promise.catch(() => undefined)
  }

  /** Rejects with the reason of {@link refuse}. */
  get answer(): Promise<Upgrade> {
    return this.#answer.promise
  }

  /** Rejects with {@link failure}. */
  get connected(): Promise<SocketConnection> {
    return this.#connected.promise
  }

  /** @throws {TypeError} for what cannot be sent */
  accept({ subprotocol, headers = {} }: AcceptOptions, takeOver: TakeOver): Upgrade {
    const chosen = chooseSubprotocol(subprotocol, this.offered, this.#subprotocols)
    const list = new HeaderList([...(this.#context['~draft']?.headers.flat ?? []), ...Object.entries(headers).flat()])
    this.subprotocol = chosen
    this.isAccepted = true
    const upgrade = new Upgrade(takeOver, list)
    this.#answer.resolve(upgrade)
    return upgrade
  }

  /** Tells who waits for the answer or for the connection. Nothing happens where there is a connection. */
  refuse(reason: unknown): void {
    if (this.connection || this.failure !== undefined) return
    this.failure = reason instanceof SocketClosedError ? reason : new SocketClosedError(1006, '')
    this.#answer.reject(reason)
    this.#connected.reject(this.failure)
  }

  connect(connection: SocketConnection): void {
    this.connection = connection
    this.#connected.resolve(connection)
  }
}
