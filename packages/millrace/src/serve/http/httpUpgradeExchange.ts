import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Answer } from '../answer.ts'
import { linger } from '../linger.ts'
import type { MaybePromise } from '../maybePromise.ts'
import { asksForWebSocket, isUpgrade, linesOf } from '../upgrade.ts'
import { HttpExchange, type HttpHost } from './httpExchange.ts'
import { announcesBody, HttpRequest } from './httpRequest.ts'
import { nodeHttp, responseOf } from './nodeHttp.ts'

/** A request that asks for WebSocket on Node's HTTP/1.1 server, which has given its connection up. */
export class HttpUpgradeExchange extends HttpExchange {
  readonly response: ServerResponse
  readonly #connection: Socket
  /** What has come after the request. */
  #rest: Buffer

  constructor(host: HttpHost, request: HttpRequest, connection: Socket, rest: Buffer) {
    const response = new nodeHttp.ServerResponse(request)
    super(host, request, response, false)
    this.response = response
    this.#connection = connection
    this.#rest = rest
    // Node has taken its own listeners away: without one, a connection that is reset would end the process.
    connection.on('error', () => undefined)
    response.assignSocket(connection)
    // Nobody reads what may follow.
    response.shouldKeepAlive = false
    connection.on('drain', this.#onDrain).on('timeout', this.#onTimeout)
    connection.on('data', this.#onData).on('end', this.#onEnd)
    response.on('finish', this.#onFinish)
  }

  override get isUpgrade(): boolean {
    return true
  }

  /** One that has a body is not handed over. */
  override body(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array())
  }

  override bodyStream(): ReadableStream<Uint8Array> {
    return new Blob([]).stream()
  }

  override send(answer: Answer): MaybePromise<void> {
    if (!isUpgrade(answer) || this.isClosed) return super.send(answer)
    const lines = linesOf(answer)
    this.#letGo()
    this.response.off('finish', this.#onFinish)
    // In the next tick, when there is another who reads.
    this.#connection.resume()
    return answer.takeOver(this.#connection, this.#rest, lines)
  }

  // What Node does for the requests that it keeps.
  readonly #onDrain = (): void => void this.response.emit('drain')
  readonly #onTimeout = (): void => void this.response.emit('timeout', this.#connection)

  /** Until the request is answered, reading is how it is noticed that the client leaves; one packet is enough. */
  readonly #onData = (chunk: Buffer): void => {
    this.#rest = Buffer.concat([this.#rest, chunk])
    this.#connection.pause()
  }

  /** The client sends no more, which is how most leave: it is not answered any more, as on Node's own server. */
  readonly #onEnd = (): void => {
    if (!this.response.headersSent) this.#connection.destroy()
  }

  /** It was refused. The client may already send what it meant for the other protocol. */
  readonly #onFinish = (): void => {
    this.#letGo()
    // This, too, Node does for the requests that it keeps.
    this.response.emit('close')
    this.#connection.end()
    linger(this.#connection, this.#connection)
  }

  #letGo(): void {
    this.#connection.off('drain', this.#onDrain).off('timeout', this.#onTimeout)
    this.#connection.off('data', this.#onData).off('end', this.#onEnd)
    this.response.detachSocket(this.#connection)
  }
}

/** Whether Node hands the connection of a request over. Not while a request before it is being answered. */
function isHandedOver(request: IncomingMessage): boolean {
  const { method = '', headers, httpVersion } = request
  // RFC 9110, section 7.8: HTTP/1.0 has no upgrade.
  if (responseOf(request.socket) || httpVersion === '1.0') return false
  return asksForWebSocket({
    method,
    upgrade: headers.upgrade,
    connection: headers.connection,
    hasBody: announcesBody(request),
  })
}

/** Before Node 24.9 there is no option for it: Node asks each request whether it is one. */
class AskingRequest extends HttpRequest {
  /** As the parser has found it: what asks for any other protocol, too. */
  '~announced': boolean | undefined

  get upgrade(): boolean | undefined {
    return this['~announced'] && (this.method === 'CONNECT' || isHandedOver(this))
  }

  set upgrade(value: boolean | undefined) {
    this['~announced'] = value
  }
}

/** Has Node hand over the connections that ask for WebSocket, and serve all other requests as if they asked for nothing. */
export const upgradeOptions: ServerOptions<typeof HttpRequest> =
  'shouldUpgradeCallback' in new nodeHttp.Server()
    ? { shouldUpgradeCallback: isHandedOver }
    : { IncomingMessage: AskingRequest }
