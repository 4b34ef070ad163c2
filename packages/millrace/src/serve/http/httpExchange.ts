import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Answer, isBodiless, isStream } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { IncomingBody } from '../incomingBody.ts'
import { linger } from '../linger.ts'
import type { MaybePromise } from '../maybePromise.ts'
import { isUnixPeer } from '../unixSocket.ts'
import { isSent, onOver, watchSending } from './delivery.ts'
import { announcesBody, type HttpRequest, originForm } from './httpRequest.ts'
import { HttpStream } from './httpStream.ts'
import { isNewest } from './pipelining.ts'
import { flushHead, hasLatin1, writeHead } from './writeHead.ts'

/** What the requests of one server share. */
export interface HttpHost {
  readonly server: Server
  /** Connections on which no more requests are begun: they end, or nothing more of them can be read. */
  readonly spoilt: WeakSet<Socket>
  readonly sendTimeoutMs: number
  /** The header that tells a client how long it may keep a connection. */
  readonly keepAlive: string
}

/** One request on Node's HTTP/1.1 server. */
export class HttpExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly #host: HttpHost
  readonly #request: HttpRequest
  readonly #response: ServerResponse
  /** Whether the client wants to be told `100 Continue` before it sends its body. */
  #awaitsContinue: boolean
  #body: IncomingBody | undefined = undefined

  constructor(host: HttpHost, request: HttpRequest, response: ServerResponse, awaitsContinue: boolean) {
    this.method = request.method as string
    this.target = originForm(request.url as string)
    this.#host = host
    this.#request = request
    this.#response = response
    this.#awaitsContinue = awaitsContinue
  }

  get scheme(): 'http' | 'https' {
    return 'encrypted' in this.#request.socket ? 'https' : 'http'
  }

  get clientAddress(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  get isUnixPeer(): boolean {
    return isUnixPeer(this.#request.socket)
  }

  get isClosed(): boolean {
    const response = this.#response
    return (response.destroyed || !this.#request.socket.writable) && !isSent(response)
  }

  get isUpgrade(): boolean {
    return false
  }

  get hasBody(): boolean {
    return announcesBody(this.#request)
  }

  header(name: string): string | undefined {
    const value: unknown = this.#request.headers[name]
    if (typeof value === 'string') return value
    // Node's object of headers has a prototype: `constructor` is there, but no header.
    return Array.isArray(value) ? value.join(', ') : undefined
  }

  rawHeaders(): readonly string[] {
    return this.#request.rawHeaders
  }

  body(maxBytes: number): MaybePromise<Uint8Array> {
    const whole = this.#request.takeBody(maxBytes)
    if (whole === undefined) return this.#incoming.read(maxBytes)
    // Also where it is there already: after an answer without, Node closes the connection, and drops what has come behind it.
    this.#continue()
    return whole
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    return this.#incoming.stream(maxBytes)
  }

  get #incoming(): IncomingBody {
    const request = this.#request
    this.#body ??= new IncomingBody(request, Number(request.headers['content-length'] ?? 0), () => this.#continue())
    return this.#body
  }

  rawTrailers(): readonly string[] | undefined {
    const request = this.#request
    return request.complete || request.readableEnded || !this.hasBody ? request.rawTrailers : undefined
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener()
    else onOver(this.#response, () => isSent(this.#response) || listener())
  }

  send(answer: Answer): MaybePromise<void> {
    const response = this.#response
    const { sendTimeoutMs, server, keepAlive, spoilt } = this.#host
    const { socket } = this.#request
    const { body } = answer
    if (this.isClosed || response.headersSent) return isStream(body) ? body.return() : undefined
    // A client that was not told to go on may send its body all the same, or not at all.
    if (this.#awaitsContinue || (!server.listening && isNewest(response, socket))) response.shouldKeepAlive = false
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : 0
    try {
      writeHead(response, answer, length, keepAlive)
    } catch (error) {
      if (isStream(body)) void body.return()
      throw error
    }
    if (!response.shouldKeepAlive) spoilt.add(socket)
    const isSilent = this.method === 'HEAD' || isBodiless(answer.status)
    if (isStream(body)) {
      if (!isSilent)
        return new HttpStream(response, body, answer.trailers, sendTimeoutMs, (last) => this.#end(last, true)).send()
      this.#end(null, true)
      return body.return()
    }
    // ASCII is the same in both encodings, and Node writes Latin-1 faster.
    const isAscii = body?.length === length
    const goesAlone = typeof body === 'string' ? !isAscii && hasLatin1(answer.headers.flat) : response.socket === null
    if (goesAlone) flushHead(response)
    this.#end(isSilent ? null : body, isAscii)
    // With nothing left in Node's buffers the answer is with the system, and nothing has to be waited for.
    if (response.writableLength === 0) return undefined
    watchSending(response, sendTimeoutMs)
    return new Promise((resolve) => onOver(response, resolve))
  }

  #end(body: string | Uint8Array | null, isAscii: boolean): void {
    const request = this.#request
    if (typeof body === 'string') this.#response.end(body, isAscii ? 'latin1' : 'utf8')
    else this.#response.end(body ?? undefined)
    // A request without a body is not complete either while its handler answers at once.
    if (request.complete || request.readableEnded || !announcesBody(request)) return
    // Nobody has wanted a body that is here: more of it does not come.
    if (request.takeBody(Number.POSITIVE_INFINITY)) return
    // Node tells nobody of the end of a request that has been answered.
    this.#body?.lose()
    linger(request, request.socket)
  }

  #continue(): void {
    // After the head of the final answer an interim one would be part of its body.
    if (!this.#awaitsContinue || this.#response.headersSent) return
    this.#awaitsContinue = false
    this.#response.writeContinue()
  }
}
