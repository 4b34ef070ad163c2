import { type Answer, type AnswerStream, isBodiless, isStream } from './answer.ts'
import { lost, tooLarge } from './bodyErrors.ts'
import type { Exchange, ExchangeHandler } from './exchange.ts'
import type { MaybePromise } from './maybePromise.ts'
import { type MountedAt, mountedAt } from './mounted.ts'
import { Pieces } from './Pieces.ts'
import { responseTrailers } from './trailers.ts'

/** Answers a web `Request` with a web `Response`: the transport for tests, Bun, Deno and workers. */
export class FetchTransport {
  readonly #handle: ExchangeHandler
  /** What ends each stream that is not at its end, and the body that it comes by: nobody may ever read it. */
  readonly #streams: OpenStreams = new Map()

  constructor(handle: ExchangeHandler) {
    this.#handle = handle
  }

  answer(request: Request): Promise<Response> {
    return new Promise((resolve) => this.#handle(new FetchExchange(request, resolve, this.#streams)))
  }

  /** Ends the streams that are left. */
  destroy(): void {
    for (const cut of this.#streams.keys()) cut()
  }

  /** Ends those of them that nobody reads. */
  dropUnread(): void {
    for (const [cut, body] of this.#streams) if (!body.locked) cut()
  }
}

type OpenStreams = Map<() => void, ReadableStream<Uint8Array>>

const encoder = new TextEncoder()

/** A body that breaks off is how a server that has no other word for it tells of a client that has left. */
function failed(error: unknown): never {
  throw lost(error)
}

/** Path and query. */
function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const hash = url.indexOf('#', start)
  return start < 0 ? '/' : url.slice(start, hash < 0 ? undefined : hash)
}

/** One web `Request`. */
export class FetchExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly clientAddress: string | undefined
  readonly mountedAt: MountedAt | undefined
  /** There is no connection to hand over. */
  readonly isUpgrade = false
  readonly #request: Request
  readonly #resolve: (response: Response) => void
  readonly #streams: OpenStreams
  readonly #listeners: (() => void)[] = []
  #isClosed = false
  #isDone = false
  /** Once the body is being read: what still comes of it is nobody's any more. */
  #loseBody: (() => void) | undefined

  constructor(request: Request, resolve: (response: Response) => void, streams: OpenStreams) {
    const { url } = request
    this.method = request.method
    this.mountedAt = mountedAt.get(request)
    this.target = this.mountedAt?.target ?? targetOf(url)
    this.scheme = this.mountedAt?.scheme ?? (url.startsWith('https:') ? 'https' : 'http')
    this.clientAddress = this.mountedAt?.clientAddress
    this.#request = request
    this.#resolve = resolve
    this.#streams = streams
  }

  get isClosed(): boolean {
    return this.#isClosed || (this.#request.signal.aborted && !this.#isDone)
  }

  get hasBody(): boolean {
    return this.#request.body !== null
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? (name === 'host' ? this.#host : undefined)
  }

  /** Of the URL: a `Request` need not have the header. */
  get #host(): string {
    const { url } = this.#request
    const start = url.indexOf('//') + 2
    const end = url.slice(start).search(/[/?#]/)
    const authority = url.slice(start, end < 0 ? undefined : start + end)
    return authority.slice(authority.indexOf('@') + 1)
  }

  get areHeadersJoined(): boolean {
    return true
  }

  rawHeaders(): readonly string[] {
    return [...this.#request.headers].flat()
  }

  async body(maxBytes: number): Promise<Uint8Array> {
    const pieces = new Pieces()
    for await (const piece of this.bodyStream(maxBytes)) pieces.add(piece)
    return pieces.whole()
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    const { body, headers } = this.#request
    let size = Number(headers.get('content-length') ?? 0)
    let source: ReadableStreamDefaultReader<Uint8Array> | undefined
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          if (size > maxBytes) return controller.error(tooLarge(maxBytes))
          size = 0
          // The signal of a request does not end its body, which may be a stream that never comes to an end.
          this.#loseBody = () => {
            controller.error(lost())
            void source?.cancel().catch(() => undefined)
          }
          this.onClose(this.#loseBody)
        },
        pull: async (controller) => {
          source ??= body?.getReader() as typeof source
          const { done, value } = source ? await source.read().catch(failed) : { done: true, value: undefined }
          if (this.#isClosed) return
          if (done || value === undefined) return controller.close()
          size += value.byteLength
          if (size <= maxBytes) return controller.enqueue(value)
          controller.error(tooLarge(maxBytes))
          await source?.cancel()
        },
        cancel: (reason) => source?.cancel(reason),
      },
      { highWaterMark: 0 },
    )
  }

  onClose(listener: () => void): void {
    if (this.isClosed) return listener()
    if (this.#listeners.push(listener) > 1) return
    this.#request.signal.addEventListener('abort', () => this.#isDone || this.#close(), { once: true })
  }

  send(answer: Answer): MaybePromise<void> {
    const { body } = answer
    try {
      return this.#send(answer)
    } catch (error) {
      if (isStream(body)) void body.return()
      throw error
    }
  }

  #send({ body, headers, status, trailers }: Answer): MaybePromise<void> {
    const isSilent = this.method === 'HEAD' || isBodiless(status)
    const init = { status, headers: new Headers([...headers]) }
    if (isStream(body) && !isSilent) {
      const over = Promise.withResolvers<void>()
      const cut = () => this.#close()
      const finish = () => {
        this.#finish()
        this.#streams.delete(cut)
        void body.return().then(over.resolve)
      }
      const readable = this.#readable(body, finish)
      const response = new Response(readable, init)
      if (trailers) responseTrailers.set(response, trailers)
      this.#streams.set(cut, readable)
      this.onClose(finish)
      this.#resolve(response)
      return over.promise
    }
    const whole = isStream(body) || body === null ? null : typeof body === 'string' ? encoder.encode(body) : body
    if (!isBodiless(status) && whole) init.headers.set('content-length', String(whole.byteLength))
    // RFC 9110, section 8.6
    if (status === 204) init.headers.delete('content-length')
    // The bytes may be of any buffer; the type of `Response` asks for one that is not shared.
    const response = new Response(isSilent ? null : (whole as Uint8Array<ArrayBuffer> | null), init)
    this.#finish()
    this.#resolve(response)
    return isStream(body) ? body.return() : undefined
  }

  #readable(stream: AnswerStream, finish: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await stream.next()
            if (!done) return controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
            if (this.isClosed) controller.error(this.#request.signal.reason ?? lost())
            else controller.close()
          } catch (error) {
            controller.error(error)
          }
          finish()
        },
        cancel: () => this.#close(),
      },
      { highWaterMark: 0 },
    )
  }

  #finish(): void {
    this.#isDone = true
    this.#loseBody?.()
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const listener of this.#listeners) listener()
  }
}
