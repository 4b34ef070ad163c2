import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { codedError } from '../errors/codedError.ts'
import { type Answer, type AnswerStream, isBodiless, isStream } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { MaybePromise } from './maybePromise.ts'

/** How much of an unwanted body is read so that the client can read our answer, before the connection is cut. */
const lingerBytes = 4 * 1024 * 1024
const lingerMs = 2_000

/** One request on Node's HTTP/1.1 server. */
export class HttpExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly #request: IncomingMessage
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.method = request.method as string
    this.target = request.url as string
    this.#request = request
    this.#response = response
  }

  get scheme(): 'http' | 'https' {
    return 'encrypted' in this.#request.socket ? 'https' : 'http'
  }

  get clientAddress(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  get isClosed(): boolean {
    return this.#response.destroyed || (this.#response.closed && !this.#response.writableFinished)
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  rawHeaders(): readonly string[] {
    return this.#request.rawHeaders
  }

  body(maxBytes: number): Promise<Uint8Array> {
    const request = this.#request
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > maxBytes) return Promise.reject(tooLarge(maxBytes))
    this.#continue()
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      const settle = (finish: () => void) => {
        request.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost)
        finish()
      }
      const onData = (chunk: Buffer) => {
        size += chunk.length
        if (size > maxBytes) settle(() => reject(tooLarge(maxBytes)))
        else chunks.push(chunk)
      }
      const onEnd = () =>
        settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)))
      const onLost = () =>
        settle(() => reject(codedError('client_closed', 'The client left before its request was whole')))
      request.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost)
    })
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    this.#continue()
    const chunks = this.#request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    let size = 0
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) return controller.close()
        size += value.length
        if (size > maxBytes) controller.error(tooLarge(maxBytes))
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.()),
    })
  }

  onClose(listener: () => void): void {
    const response = this.#response
    if (this.isClosed) listener()
    // Of the response, not the request: after the body has been read, a request's 'close' tells nothing.
    else response.once('close', () => response.writableFinished || listener())
  }

  send(answer: Answer): MaybePromise<void> {
    const response = this.#response
    if (response.destroyed || response.headersSent) return isStream(answer.body) ? stop(answer.body) : undefined
    const { body, headers, status } = answer
    const isSilent = this.method === 'HEAD' || isBodiless(status)
    if (!isStream(body)) {
      if (!isBodiless(status) && !headers.has('content-length'))
        headers.flat.push('content-length', String(body === null ? 0 : Buffer.byteLength(body)))
      response.writeHead(status, headers.flat)
      if (!this.#request.complete) linger(this.#request)
      response.end(isSilent || body === null ? undefined : body)
      return undefined
    }
    response.writeHead(status, headers.flat)
    if (!this.#request.complete) linger(this.#request)
    if (!isSilent) return pump(body, response)
    response.end()
    return stop(body)
  }

  #continue(): void {
    if (this.#request.headers.expect !== undefined && !this.#response.headersSent) this.#response.writeContinue()
  }
}

function tooLarge(maxBytes: number): Error {
  return codedError('body_too_large', `The body is larger than ${maxBytes} bytes`)
}

async function stop(stream: AnswerStream): Promise<void> {
  await stream.return()
}

/** Writes each piece when the one before has left, until the end or until the client is gone. */
async function pump(stream: AnswerStream, response: ServerResponse): Promise<void> {
  let isOpen = true
  let resume: (() => void) | undefined
  const onClose = () => {
    isOpen = false
    resume?.()
    void stream.return()
  }
  response.once('close', onClose)
  response.on('drain', () => resume?.())
  try {
    response.flushHeaders()
    while (isOpen) {
      const piece = await stream.next()
      if (!isOpen) break
      if (piece.done === true) {
        response.off('close', onClose).end()
        break
      }
      if (!response.write(piece.value) && isOpen) await new Promise<void>((resolve) => (resume = resolve))
      resume = undefined
    }
  } catch {
    // The head is out, so only cutting the connection can still tell the client that the body is not whole.
    response.destroy()
  }
  await stream.return()
}

/**
 * An answer that comes before its request is whole. Closing at once would reset the connection and could
 * take the answer with it; reading for ever would let a client keep us busy. So: read a little, then cut.
 */
function linger(request: IncomingMessage): void {
  const socket: Socket = request.socket
  const until = Date.now() + lingerMs
  const most = socket.bytesRead + lingerBytes
  const timer = setInterval(() => {
    if (request.complete || socket.destroyed) clearInterval(timer)
    else if (Date.now() > until || socket.bytesRead > most) socket.destroy()
  }, 100)
  timer.unref()
}
