import type { Duplex } from 'node:stream'
import { codedError } from '../errors/codedError.ts'
import { MessageError } from '../errors/MessageError.ts'
import { SocketClosedError } from '../errors/SocketClosedError.ts'
import type { RequestContext } from '../input/context.ts'
import type { HeldStream } from '../input/requestSignals.ts'
import type { Callable } from '../plan/dependency.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { toJson } from '../reply/json.ts'
import { problemOf } from '../reply/problem.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import type { Upgrade } from '../serve/upgrade.ts'
import { goingAway } from './closeOf.ts'
import { SocketConnection } from './connection.ts'
import { closeAfter, closeUsed, type Outcome, runHandler } from './ending.ts'
import { Opening } from './opening.ts'
import { openWs } from './openWs.ts'
import type { Ws, WsServer } from './package.ts'
import type { ReadMessage } from './readMessage.ts'
import type { AcceptOptions } from './Socket.ts'
import type { WriteMessage } from './writeMessage.ts'

/** What the sessions of one operation share, compiled. */
export interface SessionHost {
  readonly plan: SocketPlan
  readonly read: ReadMessage
  readonly write: WriteMessage
  /** @throws {StartupError} `missing_package` */
  readonly server: () => WsServer
  readonly handler: Callable
}

/** One client from its handshake to its end. The request lasts as long, and with it all that was opened for it. */
export class Session implements HeldStream {
  readonly #host: SessionHost
  readonly #context: RequestContext
  readonly #opening: Opening
  /** Once the handler has been called. */
  #outcome: Promise<Outcome> | undefined = undefined
  #isDraining = false
  /** An error that has been logged where it came up. */
  #logged: unknown = undefined

  /** @throws {HttpError} `bad_request` */
  constructor(host: SessionHost, context: RequestContext) {
    this.#host = host
    this.#context = context
    this.#opening = new Opening(context, host.plan.subprotocols)
  }

  /** Accepts the handshake, or lets the handler decide. */
  begin(): MaybePromise<Upgrade> {
    const opening = this.#opening
    if (!this.#host.plan.isManual) return opening.accept({}, this.#takeOver)
    this.#outcome = this.#run()
    void this.#outcome.then(({ isFailure, error }) => {
      const refused = codedError('handshake_refused', 'The server has not accepted this WebSocket')
      opening.refuse(isFailure ? error : refused)
    })
    return opening.answer
  }

  get connection(): SocketConnection | undefined {
    return this.#opening.connection
  }

  get offeredSubprotocols(): readonly string[] {
    return this.#opening.offered
  }

  get subprotocol(): string {
    return this.#opening.subprotocol
  }

  get signal(): AbortSignal {
    return this.#context.signal
  }

  async accept(options: AcceptOptions): Promise<void> {
    const opening = this.#opening
    if (opening.isAccepted)
      throw new TypeError("This WebSocket is accepted: accept() is for operations with accept: 'manual', once")
    if (opening.failure === undefined) opening.accept(options, this.#takeOver)
    await opening.connected
  }

  async receive(): Promise<unknown> {
    const { plan, read } = this.#host
    const { inbox, outbox } = this.#opened()
    for (;;) {
      const message = await inbox.take()
      try {
        return await read(message)
      } catch (error) {
        if (!plan.answersInvalid || !(error instanceof MessageError)) throw error
        await outbox.sendText(toJson(problemOf(error, false)))
      }
    }
  }

  async send(message: unknown): Promise<void> {
    const { outbox } = this.#opened()
    try {
      await outbox.send(message)
    } catch (error) {
      // Who broadcasts may not look at each promise; what is a fault of ours must be seen.
      if (!(error instanceof SocketClosedError)) {
        this.#logged = error
        this.#context.log.error('A message could not be sent', { error, path: this.#context.path })
      }
      throw error
    }
  }

  async close(code: number, reason: string): Promise<void> {
    const opening = this.#opening
    if (!opening.isAccepted) {
      opening.refuse(codedError('handshake_refused', reason || 'The server has not accepted this WebSocket'))
      return
    }
    const connection = await opening.connected
    connection.close(code, reason)
    await connection.over
  }

  /** Called at its end, and where another answer has taken the place of ours. */
  async return(): Promise<void> {
    if (this.connection) return
    this.#opening.refuse(new SocketClosedError(1006, ''))
    await this.#outcome
  }

  abort(reason: unknown): void {
    if (this.connection) this.connection.close(goingAway.code, goingAway.reason)
    else this.#opening.refuse(reason)
  }

  /** The server is about to stop: the handler gets no more messages, and may say what it has to say. */
  drain(): void {
    this.#isDraining = true
    this.connection?.inbox.end(new SocketClosedError(goingAway.code, goingAway.reason))
  }

  #opened(): SocketConnection {
    const { connection, failure } = this.#opening
    if (connection) return connection
    if (failure !== undefined) throw failure
    throw new TypeError('This WebSocket is not open: await socket.accept() first')
  }

  #run(): Promise<Outcome> {
    return runHandler(this.#host.handler, this.#context)
  }

  readonly #takeOver = async (duplex: Duplex, rest: Buffer, lines: readonly string[]): Promise<void> => {
    const context = this.#context
    const ws = this.#openOver(duplex, rest, lines)
    if (!ws) {
      context['~abort'](codedError('client_closed', 'The client has left'))
      return await this.return()
    }
    const connection = new SocketConnection(ws, this.#host.plan, this.#host.write)
    this.#opening.connect(connection)
    if (this.#isDraining) this.drain()
    let isThrough = false
    // After the handler, nobody has to be told: work that follows is not to be aborted.
    void connection.over.then(() => isThrough || context['~abort'](codedError('client_closed', 'The client has left')))
    this.#outcome ??= this.#run()
    const outcome = await this.#outcome
    isThrough = true
    connection.inbox.drop()
    const error = await closeUsed(outcome, context)
    const close = closeAfter(error, context, { isDraining: this.#isDraining, logged: this.#logged })
    connection.close(close.code, close.reason)
    const { closeCode, reason } = await connection.over
    if (connection.error) context.log.debug('A WebSocket was cut', { closeCode, reason, path: context.path })
  }

  /** `undefined` where it cannot be: the client has left, or what speaks WebSocket cannot be loaded. */
  #openOver(duplex: Duplex, rest: Buffer, lines: readonly string[]): Ws | undefined {
    const { failure, subprotocol } = this.#opening
    try {
      if (failure === undefined) return openWs(this.#host.server(), this.#context, duplex, rest, { lines, subprotocol })
    } catch (error) {
      this.#context.log.error('A WebSocket could not be opened', { error, path: this.#context.path })
    }
    duplex.destroy()
    return undefined
  }
}
