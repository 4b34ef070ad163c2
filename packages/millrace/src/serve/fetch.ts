import { codedError } from '../errors/codedError.ts'
import { type Answer, type AnswerStream, isBodiless, isStream } from './answer.ts'
import type { Exchange, ExchangeHandler } from './exchange.ts'
import type { MaybePromise } from './maybePromise.ts'

/** Answers a web `Request` with a web `Response`: the transport for tests, Bun, Deno and workers. */
export function answerFetch(request: Request, handle: ExchangeHandler): Promise<Response> {
  return new Promise((resolve) => handle(new FetchExchange(request, resolve)))
}

const encoder = new TextEncoder()

/** One web `Request`. */
export class FetchExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly clientAddress = undefined
  readonly #request: Request
  readonly #resolve: (response: Response) => void
  readonly #listeners: (() => void)[] = []
  #isClosed = false
  #isDone = false

  constructor(request: Request, resolve: (response: Response) => void) {
    const { url } = request
    const start = url.indexOf('/', url.indexOf('//') + 2)
    const hash = url.indexOf('#', start)
    this.method = request.method
    this.target = start < 0 ? '/' : url.slice(start, hash < 0 ? undefined : hash)
    this.scheme = url.startsWith('https:') ? 'https' : 'http'
    this.#request = request
    this.#resolve = resolve
  }

  get isClosed(): boolean {
    return this.#isClosed || (this.#request.signal.aborted && !this.#isDone)
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined
  }

  rawHeaders(): readonly string[] {
    return [...this.#request.headers].flat()
  }

  async body(maxBytes: number): Promise<Uint8Array> {
    const announced = Number(this.#request.headers.get('content-length') ?? 0)
    if (announced > maxBytes) throw tooLarge(maxBytes)
    const chunks: Uint8Array[] = []
    let size = 0
    if (this.#request.body === null) return new Uint8Array()
    try {
      for await (const chunk of this.#request.body as ReadableStream<Uint8Array>) {
        size += chunk.byteLength
        if (size > maxBytes) throw tooLarge(maxBytes)
        chunks.push(chunk)
      }
    } catch (error) {
      if (this.#request.signal.aborted)
        throw codedError('client_closed', 'The client left before its request was whole')
      throw error
    }
    if (chunks.length === 1) return chunks[0] as Uint8Array
    const whole = new Uint8Array(size)
    let offset = 0
    for (const chunk of chunks) {
      whole.set(chunk, offset)
      offset += chunk.byteLength
    }
    return whole
  }

  bodyStream(maxBytes: number): ReadableStream<Uint8Array> {
    let size = 0
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength
        if (size > maxBytes) controller.error(tooLarge(maxBytes))
        else controller.enqueue(chunk)
      },
    })
    const body = (this.#request.body ?? new Blob([]).stream()) as ReadableStream<Uint8Array>
    return body.pipeThrough(limit)
  }

  onClose(listener: () => void): void {
    if (this.isClosed) return listener()
    if (this.#listeners.push(listener) > 1) return
    this.#request.signal.addEventListener('abort', () => this.#isDone || this.#close(), { once: true })
  }

  send(answer: Answer): MaybePromise<void> {
    const { body, status } = answer
    const isSilent = this.method === 'HEAD' || isBodiless(status)
    const headers = new Headers([...answer.headers])
    if (!isStream(body)) {
      if (!isBodiless(status) && body !== null && !headers.has('content-length'))
        headers.set(
          'content-length',
          String(typeof body === 'string' ? encoder.encode(body).byteLength : body.byteLength),
        )
      this.#isDone = true
      this.#resolve(
        new Response(isSilent ? null : (body as Uint8Array<ArrayBuffer> | string | null), { status, headers }),
      )
      return undefined
    }
    if (isSilent) {
      this.#isDone = true
      this.#resolve(new Response(null, { status, headers }))
      return body.return()
    }
    return new Promise((done) => {
      const finish = () => {
        this.#isDone = true
        body.return().then(done)
      }
      this.onClose(finish)
      this.#resolve(new Response(this.#readable(body, finish), { status, headers }))
    })
  }

  #readable(stream: AnswerStream, finish: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await stream.next()
            if (!done) return controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
            if (this.isClosed) controller.error(this.#request.signal.reason)
            else controller.close()
          } catch (error) {
            controller.error(error)
          }
          finish()
        },
        cancel: () => {
          this.#close()
        },
      },
      { highWaterMark: 0 },
    )
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const listener of this.#listeners) listener()
  }
}

function tooLarge(maxBytes: number): Error {
  return codedError('body_too_large', `The body is larger than ${maxBytes} bytes`)
}
