import { codedError } from '../errors/codedError.ts'
import type { RequestContext } from './context.ts'
import { originOf } from './origin.ts'

/** A request as a web `Request`, which shares its body with the operation: whoever reads it first, both have it. */
export class WebRequest {
  readonly request: Request
  /** Whether the body of {@link request} has begun to be read. */
  isStreamed = false
  readonly #context: RequestContext

  constructor(context: RequestContext) {
    this.#context = context
    this.request = this.#build()
  }

  /** The whole body, where {@link isStreamed}. @throws {HttpError} `body_too_large` */
  async readBody(maxBytes: number): Promise<Uint8Array> {
    this.#refuseUsed()
    const bytes = new Uint8Array(await this.request.clone().arrayBuffer())
    if (bytes.byteLength > maxBytes) throw codedError('body_too_large', `The body is larger than ${maxBytes} bytes`)
    return bytes
  }

  /** The body as it comes, where {@link isStreamed}: it has the limit of the operation already. */
  streamBody(): ReadableStream<Uint8Array> {
    this.#refuseUsed()
    return this.request.clone().body as ReadableStream<Uint8Array>
  }

  #refuseUsed(): void {
    if (this.request.bodyUsed)
      throw new TypeError(
        'The body was read through `request` before the operation could: read request.clone() instead',
      )
  }

  #build(): Request {
    const origin = originOf(this.#context)
    const { '~exchange': exchange, signal } = this.#context
    const raw = exchange.rawHeaders()
    const headers = new Headers()
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index] as string
      if (!name.startsWith(':')) headers.append(name, raw[index + 1] as string)
    }
    const { method, target } = exchange
    // `*` is the one target that is no path (RFC 9112, section 3.2.4).
    const url = target.startsWith('/') ? origin + target : `${origin}/${target}`
    // Fetch standard, section 2.2.1
    if (method === 'TRACE' || method === 'TRACK')
      throw codedError('bad_request', `A web Request cannot have the method ${method}`)
    const init: RequestInit = { method, headers, signal }
    if (method === 'GET' || method === 'HEAD') return new Request(url, init)
    return new Request(url, { ...init, body: this.#lazyBody(), duplex: 'half' } as RequestInit)
  }

  /** Reads nothing before it is read: the operation may want the body, too, and what it has read is offered again. */
  #lazyBody(): ReadableStream<Uint8Array> {
    const context = this.#context
    let source: ReadableStreamDefaultReader<Uint8Array> | undefined
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { '~bodyBytes': whole } = context
          if (!source && whole) {
            if (whole.byteLength > 0) controller.enqueue(whole.slice())
            return controller.close()
          }
          this.isStreamed = true
          source ??= bodyStream(context, context['~maxBodyBytes']).getReader()
          const { done, value } = await source.read()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => source?.cancel(reason),
      },
      { highWaterMark: 0 },
    )
  }
}

/** The body of the exchange; that it is waited for can be seen. */
export function bodyStream(context: RequestContext, maxBytes: number): ReadableStream<Uint8Array> {
  let source: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        source ??= context['~exchange'].bodyStream(maxBytes).getReader()
        context['~isReading'] = true
        const { done, value } = await source.read()
        context['~isReading'] = false
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => source?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
