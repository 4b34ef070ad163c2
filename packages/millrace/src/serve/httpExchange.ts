import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Answer, type AnswerStream, isBodiless, isStream } from './answer.ts'
import { lastChunk, writeChunk } from './chunk.ts'
import type { Exchange } from './exchange.ts'
import { IncomingBody } from './incomingBody.ts'
import { linger } from './linger.ts'
import type { MaybePromise } from './maybePromise.ts'
import { isUnread } from './readBody.ts'
import type { Trailers } from './trailers.ts'
import { isUnixPeer } from './unixSocket.ts'

/** What the requests of one server share. */
export interface HttpHost {
  readonly server: Server
  readonly sendTimeoutMs: number
}

/** One request on Node's HTTP/1.1 server. */
export class HttpExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly #host: HttpHost
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  /** Whether the client wants to be told `100 Continue` before it sends its body. */
  #awaitsContinue: boolean
  #body: IncomingBody | undefined = undefined
  #isWatched = false
  /** Whether the body has been read, although the request may not be at its end. */
  #isRead = false

  constructor(host: HttpHost, request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
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
    return (response.destroyed || !this.#request.socket.writable) && !response.writableFinished
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
    const request = this.#request
    const { readableLength } = request
    // Where all of it has come, neither listeners nor a promise are needed.
    if (
      readableLength > 0 &&
      readableLength === Number(request.headers['content-length']) &&
      readableLength <= maxBytes &&
      isUnread(request)
    ) {
      this.#isRead = true
      return request.read() as Buffer
    }
    return this.#incoming.read(maxBytes)
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
    return request.complete || this.#isRead || !this.hasBody ? request.rawTrailers : undefined
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener()
    else this.#onOver(() => this.#response.writableFinished || listener())
  }

  send(answer: Answer): MaybePromise<void> {
    const response = this.#response
    const { body } = answer
    if (this.isClosed || response.headersSent) return isStream(body) ? body.return() : undefined
    try {
      this.#writeHead(answer)
    } catch (error) {
      if (isStream(body)) void body.return()
      throw error
    }
    const isSilent = this.method === 'HEAD' || isBodiless(answer.status)
    if (isStream(body) && !isSilent) return this.#pump(body, answer.trailers)
    this.#end(isSilent || isStream(body) ? null : body)
    if (isStream(body)) return body.return()
    // With nothing left in Node's buffers the answer is with the system, and nothing has to be waited for.
    if (response.writableLength === 0) return undefined
    this.#watchSending()
    return new Promise((resolve) => this.#onOver(resolve))
  }

  #writeHead({ status, headers, body, trailers }: Answer): void {
    const response = this.#response
    // Node would send an interim answer, after which the client waits for another.
    if (status < 200) throw new RangeError(`An answer cannot have the status ${status}`)
    // How the body is framed is decided here and by Node. A second opinion, such as that of an answer fetched from elsewhere, would split it.
    headers.delete('transfer-encoding')
    if (!isStream(body) && !isBodiless(status) && (body !== null || this.method !== 'HEAD')) {
      headers.delete('content-length')
      headers.flat.push('content-length', String(body === null ? 0 : Buffer.byteLength(body)))
    }
    // Set either way: a problem may take the place of a stream whose head could not be written.
    response.strictContentLength = isStream(body)
    if (isStream(body)) {
      // Node before 22.18 compares what has been written with the length as it was given: a text never equals it.
      const length = headers.get('content-length')
      if (length !== undefined) {
        headers.delete('content-length')
        const raw: (string | number)[] = headers.flat
        raw.push('content-length', Number(length))
      }
    }
    // Without chunks, as for HTTP/1.0, Node refuses it.
    if (trailers && response.useChunkedEncodingByDefault) headers.flat.push('trailer', trailers.announce())
    if (!this.#host.server.listening) response.shouldKeepAlive = false
    // Node takes such a header as the last word.
    const connection = response.shouldKeepAlive ? undefined : headers.get('connection')
    if (connection !== undefined) headers.set('connection', `close, ${connection}`)
    response.writeHead(status, headers.flat)
  }

  #end(body: string | Uint8Array | null): void {
    const request = this.#request
    // ASCII is the same in both encodings, and Node writes Latin-1 faster.
    if (typeof body === 'string') this.#response.end(body, isAscii(body) ? 'latin1' : 'utf8')
    else this.#response.end(body ?? undefined)
    // A request without a body is not complete either while its handler answers at once.
    if (request.complete || this.#isRead || !announcesBody(request)) return
    // Node tells nobody of the end of a request that has been answered.
    this.#body?.lose()
    linger(request, request.socket)
  }

  /** Writes each piece when the one before has left, until the end or until the client is gone. */
  async #pump(stream: AnswerStream, trailers: Trailers | undefined): Promise<void> {
    const response = this.#response
    let isOpen = true
    let resume: (() => void) | undefined
    const over = new Promise<void>((resolve) => {
      this.#onOver(() => {
        isOpen = false
        resume?.()
        void stream.return()
        resolve()
      })
    })
    response.on('drain', () => resume?.())
    try {
      response.flushHeaders()
      // Node would write each chunk in four pieces, where one is enough: a fifth of the processor time of an event.
      const isChunked = response.chunkedEncoding
      response.chunkedEncoding = false
      while (isOpen) {
        const piece = await stream.next()
        if (!isOpen) break
        if (piece.done === true) {
          this.#end(isChunked ? lastChunk(trailers) : null)
          if (response.writableLength > 0) this.#watchSending()
          break
        }
        const hasRoom = isChunked ? writeChunk(response, piece.value) : response.write(piece.value)
        if (hasRoom || !isOpen) continue
        this.#watchSending()
        await new Promise<void>((resolve) => (resume = resolve))
      }
    } catch {
      this.#cut()
    }
    await stream.return()
    await over
  }

  /** The head is out: only the end of the connection, after all that was written, tells that the body is not whole. */
  #cut(): void {
    this.#response.write('', () => this.#request.socket.destroySoon())
  }

  /** Cuts the connection when nothing leaves of what has been written; after the answer, Node sets the timer for the next. */
  #watchSending(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    const response = this.#response
    const { sendTimeoutMs } = this.#host
    // With a listener, Node does not end a connection that has nothing to send at present.
    response.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) socket.destroy()
    })
    // A connection within the process is a stream that has no timer.
    const watch = (connection: Duplex) => {
      if (connection instanceof Socket) connection.setTimeout(sendTimeoutMs)
    }
    // Behind another it has no connection yet.
    if (response.socket === null) response.once('socket', watch)
    else watch(response.socket)
  }

  /** Calls `listener` once: when the answer is whole, or the connection has ended before. */
  #onOver(listener: () => void): void {
    const response = this.#response
    const { socket } = this.#request
    if (response.writableFinished) return
    const once = () => {
      response.off('close', once)
      socket.off('close', once)
      listener()
    }
    response.on('close', once)
    // Pipelined behind another: Node 22 tells only the first in line of the connection's end.
    if (response.socket === null) socket.setMaxListeners(0).on('close', once)
  }

  #continue(): void {
    // After the head of the final answer an interim one would be part of its body.
    if (!this.#awaitsContinue || this.#response.headersSent) return
    this.#awaitsContinue = false
    this.#response.writeContinue()
  }
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** By the raw headers: Node makes the object of `headers` when it is first read, for which most requests have no use. */
export function announcesBody({ rawHeaders }: IncomingMessage): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { length } = rawHeaders[index] as string
    if (length !== 14 && length !== 17) continue
    const name = (rawHeaders[index] as string).toLowerCase()
    if (name === 'transfer-encoding' || (name === 'content-length' && Number(rawHeaders[index + 1]) > 0)) return true
  }
  return false
}

const authorityPattern = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i

/** Of a target that is a whole URL. */
export function authorityOf(target: string): string | undefined {
  return target.charCodeAt(0) === 47 ? undefined : authorityPattern.exec(target)?.[1]
}

/** RFC 9112, section 3.2.2: a target may be a whole URL, of which we take what stands after the authority. */
function originForm(target: string): string {
  if (target.charCodeAt(0) === 47) return target
  const rest = target.replace(authorityPattern, '')
  return rest === target || rest.charCodeAt(0) === 47 ? rest : `/${rest}`
}
