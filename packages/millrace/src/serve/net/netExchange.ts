import { type Answer, isStream } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import type { MaybePromise } from '../maybePromise.ts'
import { isUnixPeer } from '../unixSocket.ts'
import { isUpgrade } from '../upgrade.ts'
import type { AnswerQueue } from './answerQueue.ts'
import { OutgoingAnswer } from './outgoingAnswer.ts'
import type { RequestBody } from './requestBody.ts'
import type { RequestHead } from './requestHead.ts'

const noBytes: Uint8Array = new Uint8Array()
const noFields: readonly string[] = []

/** One request on a connection of our own HTTP/1.1 server. */
export class NetExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly head: RequestHead
  readonly requestBody: RequestBody | undefined
  isClosed = false
  readonly isUpgrade: boolean
  /** Once there is one. */
  answer: OutgoingAnswer | undefined = undefined
  /** Whether its head has been written. */
  isBegun = false
  /** What `100 Continue` is about: not to be sent, to be sent once the body is wanted or the turn has come, or sent. */
  continuing: 'no' | 'expected' | 'wanted' | 'sent'
  readonly #queue: AnswerQueue
  #isOver = false
  #listeners: (() => void)[] | undefined = undefined
  #over: PromiseWithResolvers<void> | undefined = undefined

  constructor(queue: AnswerQueue, head: RequestHead, body: RequestBody | undefined, isUpgrade: boolean) {
    this.method = head.method
    this.target = head.target
    this.head = head
    this.requestBody = body
    this.continuing = head.framing.expectsContinue ? 'expected' : 'no'
    this.isUpgrade = isUpgrade
    this.#queue = queue
  }

  get scheme(): 'http' | 'https' {
    return 'encrypted' in this.#queue.socket ? 'https' : 'http'
  }

  get clientAddress(): string | undefined {
    return this.#queue.socket.remoteAddress
  }

  get isUnixPeer(): boolean {
    return isUnixPeer(this.#queue.socket)
  }

  get hasBody(): boolean {
    return this.requestBody !== undefined
  }

  header(name: string): string | undefined {
    return this.head.header(name)
  }

  rawHeaders(): readonly string[] {
    return this.head.rawHeaders()
  }

  body(maxBytes: number): MaybePromise<Uint8Array> {
    return this.requestBody === undefined ? noBytes : this.requestBody.read(maxBytes)
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    return this.requestBody?.stream(maxBytes) ?? new Blob([]).stream()
  }

  rawTrailers(): readonly string[] | undefined {
    return this.requestBody === undefined ? noFields : this.requestBody.trailers
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener()
    else if (!this.#isOver) {
      this.#listeners ??= []
      this.#listeners.push(listener)
    }
  }

  send(answer: Answer): MaybePromise<void> {
    const { body } = answer
    if (this.isClosed || this.answer) return isStream(body) ? body.return() : undefined
    if (isUpgrade(answer) && this.isUpgrade) return this.#queue.handOver(this, answer)
    try {
      this.answer = new OutgoingAnswer(answer, this.method === 'HEAD', this.head.framing.isOld)
    } catch (error) {
      if (isStream(body)) void body.return()
      throw error
    }
    const sent = this.#queue.send(this)
    if (!isStream(body)) return sent
    // One that is not sent, because of HEAD or of its status, ends at once.
    return this.answer.stream ? Promise.resolve(sent).then(() => body.return()) : body.return()
  }

  /** Resolves when {@link end} or {@link close} is called. */
  untilOver(): MaybePromise<void> {
    if (this.#isOver) return undefined
    this.#over ??= Promise.withResolvers()
    return this.#over.promise
  }

  /** The answer is whole, and with the system. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listeners = undefined
    this.#over?.resolve()
  }

  /** The client has left, or the connection has failed. */
  close(): void {
    if (this.#isOver) return
    this.isClosed = true
    this.requestBody?.drop()
    void this.answer?.stream?.return()
    const listeners = this.#listeners
    this.end()
    if (listeners) for (const listener of listeners) listener()
  }
}
