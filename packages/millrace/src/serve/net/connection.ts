import type { Socket } from 'node:net'
import { maxPipelined } from '../limits.ts'
import { logRefusal, type RefusalCode, refusal } from '../refusal.ts'
import { asksForWebSocket } from '../upgrade.ts'
import { AnswerQueue, continueBody, type QueueOwner } from './answerQueue.ts'
import { BodyReader } from './bodyReader.ts'
import { malformed, oversized } from './fields.ts'
import { Intake } from './intake.ts'
import { NetExchange } from './netExchange.ts'
import type { HostedConnection, NetHost } from './netHost.ts'
import { type ParsedHead, parseHead } from './parseHead.ts'
import { Patience } from './patience.ts'
import { type BodyKeeper, RequestBody } from './requestBody.ts'
import type { RequestHead } from './requestHead.ts'
import { SendWatch } from './sendWatch.ts'

/** So many bytes of bodies that nobody takes are held before no more are read. */
const maxHeldBytes = 64 * 1024

/** One connection: reads requests from it one after another, and has them answered. */
export class Connection implements BodyKeeper, HostedConnection, QueueOwner {
  readonly #host: NetHost
  readonly #socket: Socket
  readonly #queue: AnswerQueue
  readonly #patience: Patience
  readonly #sendWatch: SendWatch
  readonly #parsed: ParsedHead = { end: 0, head: undefined }
  readonly #intake: Intake
  /** Of the body that comes, and whose it is. */
  #reader: BodyReader | undefined = undefined
  #owner: NetExchange | undefined = undefined
  #heldBytes = 0
  #requests = 0
  /** No more requests are read. */
  #isLastRead = false
  /** Whether {@link #read} is at work, which goes on by itself. */
  #isReading = false
  /** Whether a request is being answered that may take the connection over: what follows may not be HTTP. */
  #mayBeLeft = false

  /** @param canMove as {@link Intake} says */
  constructor(host: NetHost, accepted: Socket, canMove: boolean) {
    this.#host = host
    this.#intake = new Intake(accepted, canMove, this.#onBytes)
    const { socket } = this.#intake
    this.#socket = socket
    this.#queue = new AnswerQueue(socket, this)
    this.#patience = new Patience(host, socket)
    this.#sendWatch = new SendWatch(socket, host.limits.sendTimeoutMs)
    socket.on('end', this.#onEnd).on('drain', this.#onDrain).on('close', this.#onClose)
    // `close` follows, and says all there is to say.
    socket.on('error', () => undefined)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  checkTime(nowMs: number): void {
    if (this.#patience.phase !== 'handed over') this.#sendWatch.check()
    const verdict = this.#patience.judge(nowMs, this.#queue.length > 0)
    if (verdict === 'end') this.destroy()
    else if (verdict === 'late') this.#expire()
  }

  onWanted(): void {
    const owner = this.#owner
    // After the head of the final answer an interim one would be part of its body.
    if (owner?.continuing !== 'expected' || owner.isBegun) return
    if (this.#queue.isFirst(owner)) continueBody(owner, this.#socket)
    else owner.continuing = 'wanted'
  }

  onTaken(bytes: number): void {
    this.#heldBytes -= bytes
    if (bytes > 0) this.#goOn()
  }

  closesAfter(exchange: NetExchange): boolean {
    const { answer, head, requestBody, continuing } = exchange
    const closes =
      !head.framing.keepsAlive ||
      answer?.head.closes === true ||
      answer?.endsWithConnection === true ||
      // What has begun behind it is answered as well.
      ((this.#isLastRead || this.#host.isClosing) && this.#queue.last === exchange) ||
      // RFC 9110, section 10.1.1: whether the client will still send the body is not known.
      (continuing !== 'no' && continuing !== 'sent' && requestBody?.isComing === true)
    // Nothing behind such an answer is worked on (RFC 9112, section 9.6).
    if (closes) this.#isLastRead = true
    return closes
  }

  onAnswered(exchange: NetExchange): void {
    this.#mayBeLeft = false
    exchange.requestBody?.drop()
    if (exchange === this.#owner) this.#patience.startDropping()
    this.#patience.onAnswered()
    // What came after it was refused when its head was already on its way.
    if (this.#patience.phase === 'farewell' && this.#queue.length === 0) this.onLastWritten()
    else this.#goOn()
  }

  /**
   * Ends the connection in two steps (RFC 9112, section 9.6): closed at once with bytes unread, it would be
   * reset, which can take the last answer with it.
   */
  onLastWritten(): void {
    this.#isLastRead = true
    this.#patience.phase = 'farewell'
    this.#reader = undefined
    this.#intake.drop()
    this.#queue.close()
    this.#owner?.requestBody?.drop()
    this.#owner = undefined
    this.#socket.end()
    this.#patience.startDropping()
    this.#socket.resume()
  }

  letGo(): Buffer {
    this.#patience.phase = 'handed over'
    const rest = this.#intake.release()
    // In the next tick, when there is another who reads.
    this.#socket.off('end', this.#onEnd).off('drain', this.#onDrain).resume()
    return rest
  }

  readonly #onBytes = (bytes: Buffer, end: number): void => {
    if (this.#patience.isOverrun) return this.destroy()
    if (this.#isLastRead && this.#reader === undefined) return
    this.#read(bytes, end)
  }

  readonly #onDrain = (): void => {
    this.#queue.drained()
    this.#goOn()
  }

  /** The client sends no more, which is how most leave: it is not answered any more, as on Node's own server. */
  readonly #onEnd = (): void => {
    const { phase } = this.#patience
    // An empty line may come before a request, and nothing after it.
    const isHeadBegun = this.#intake.rest !== undefined && this.#intake.rest.toString('latin1') !== '\r\n'
    if (phase === 'body' || (phase === 'head' && isHeadBegun)) this.#refuse('bad_request')
    this.#queue.close()
    this.#socket.end()
  }

  readonly #onClose = (): void => {
    this.#host.connections.delete(this)
    this.#patience.phase = 'farewell'
    this.#owner?.requestBody?.drop()
    this.#queue.close()
  }

  get #isFull(): boolean {
    return this.#mayBeLeft || this.#queue.length >= maxPipelined || this.#queue.isHeavy
  }

  /** Reads on, if something kept it from reading before. */
  #goOn(): void {
    const { phase } = this.#patience
    if (this.#isReading || phase === 'farewell' || phase === 'handed over') return
    const { rest } = this.#intake
    if (rest !== undefined && !this.#isFull) this.#read(rest, rest.length)
    else this.#pauseOrResume()
  }

  #pauseOrResume(): void {
    const socket = this.#socket
    if (this.#heldBytes >= maxHeldBytes || (this.#intake.rest !== undefined && this.#isFull)) socket.pause()
    else if (socket.isPaused()) socket.resume()
  }

  #read(bytes: Buffer, end: number): void {
    this.#isReading = true
    let at = 0
    while (at < end) {
      const next = this.#reader ? this.#readBody(bytes, at, end) : this.#readHead(bytes, at, end)
      if (next === at) break
      at = next
    }
    this.#isReading = false
    if (this.#patience.phase === 'handed over') return
    if (this.#isLastRead && !this.#reader) this.#intake.drop()
    else this.#intake.keep(bytes, at, end)
    this.#pauseOrResume()
  }

  /** Reads a head, and calls the handler of its request. Returns up to where it has read. */
  #readHead(bytes: Buffer, at: number, end: number): number {
    if (this.#isLastRead || this.#isFull) return at
    const { limits, handle } = this.#host
    const parsed = this.#parsed
    parseHead(bytes, at, end, parsed)
    const { head } = parsed
    parsed.head = undefined
    this.#patience.onHead()
    if (parsed.end === malformed) return this.#refuse('bad_request', at)
    if ((head ? parsed.end : end) - at > limits.maxHeaderBytes) return this.#refuse('headers_too_large', at)
    if (!head) return at
    const { bodyLength, keepsAlive, asksForUpgrade } = head.framing
    let next = parsed.end
    let body: RequestBody | undefined
    if (bodyLength !== 0) body = new RequestBody(Math.max(0, bodyLength), this)
    // Behind another request it would be answered before its turn.
    this.#mayBeLeft = asksForUpgrade && bodyLength === 0 && this.#queue.length === 0 && isForWebSocket(head)
    const exchange = new NetExchange(this.#queue, head, body, this.#mayBeLeft)
    this.#queue.add(exchange)
    if (!keepsAlive || this.#host.isClosing || ++this.#requests >= limits.maxRequestsPerConnection)
      this.#isLastRead = true
    if (body && bodyLength > 0 && bodyLength <= end - next) {
      // Most bodies come with their heads, and need nothing that reads on.
      this.#heldBytes += body.push(this.#intake.own(bytes, next, next + bodyLength))
      next += bodyLength
      this.#endMessage()
      body.end()
    } else if (body) {
      this.#patience.phase = 'body'
      this.#owner = exchange
      this.#reader = new BodyReader(bodyLength, limits.maxHeaderBytes, body, this.#intake)
      // What has come already is there at once for the handler.
      next = this.#readBody(bytes, next, end)
      if (exchange.isClosed) return next
    } else this.#endMessage()
    if (!this.#mayBeLeft) {
      handle(exchange)
      return next
    }
    this.#intake.keep(bytes, next, end)
    handle(exchange)
    return this.#patience.phase === 'handed over' ? end : next
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const reader = this.#reader
    if (!reader) return at
    const next = reader.read(bytes, at, end)
    if (next < 0) return this.#refuse(next === oversized ? 'headers_too_large' : 'bad_request', at)
    this.#heldBytes += reader.takeHeld()
    if (reader.isDone) this.#endMessage()
    reader.tell()
    return next
  }

  #endMessage(): void {
    this.#patience.onMessage()
    this.#reader = undefined
    this.#owner = undefined
  }

  /** Whoever waits for a body that does not come in time answers that; where nobody does, or goes on, there is a refusal. */
  #expire(): void {
    if (this.#owner?.requestBody?.expire()) this.#isLastRead = true
    else this.#refuse('request_timeout')
  }

  /** Answers what is no request, or not a whole one, as far as it can still be answered, and closes. Returns `at`. */
  #refuse(code: RefusalCode, at = 0): number {
    const owner = this.#owner
    this.#reader = undefined
    this.#isLastRead = true
    this.#patience.phase = 'farewell'
    this.#owner = undefined
    const isOwn = owner !== undefined && this.#queue.last === owner
    if (isOwn && owner.isBegun) this.destroy()
    else {
      if (isOwn) this.#queue.dropLast()
      // The requests before this one are whole, and will be answered; the last of them closes the connection.
      if (this.#queue.length > 0) return at
      if (owner === undefined) logRefusal(this.#host.log, code, this.#socket.remoteAddress)
      if (owner === undefined || isOwn) this.#socket.write(refusal(code), 'latin1')
      this.onLastWritten()
    }
    return at
  }
}

function isForWebSocket(head: RequestHead): boolean {
  const { method } = head
  const [upgrade, connection] = [head.header('upgrade'), head.header('connection')]
  return asksForWebSocket({ method, upgrade, connection, hasBody: false })
}
