import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'

/** Headers that `fetch` has no name for in HTTP/2, or sends for itself. */
const notSent: ReadonlySet<string> = new Set(['connection', 'host', 'transfer-encoding', 'keep-alive'])

/** Requests by HTTP/2, on one connection, as `fetch` would send them. */
export class Http2Client {
  readonly session: ClientHttp2Session
  readonly #url: string
  readonly host: string

  /** @param ca that the server's certificate is checked by */
  constructor(url: string, ca?: string) {
    this.#url = url
    this.host = new URL(url).host
    this.session = connect(url, ca === undefined ? {} : { ca })
    // Each request tells of it, too.
    this.session.on('error', () => undefined)
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(this.#url + path, init)
    const { pathname, search } = new URL(request.url)
    const headers: Record<string, string> = { ':method': request.method, ':path': pathname + search }
    for (const [name, value] of request.headers) if (!notSent.has(name)) headers[name] = value
    // Whoever names a host asks for it; `Request` lets nobody.
    const host = new Headers(init.headers).get('host')
    if (host !== null) headers[':authority'] = host
    const { body, signal } = request
    signal.throwIfAborted()
    const stream = this.session.request(headers, { endStream: body === null })
    signal.addEventListener('abort', () => stream.close(constants.NGHTTP2_CANCEL))
    const answered = responseOf(stream, request.method === 'HEAD', signal)
    if (body) void send(body, stream)
    const response = await answered
    const location = response.headers.get('location')
    if (location === null || init.redirect === 'manual' || response.status < 300 || response.status > 399)
      return response
    await response.body?.cancel()
    return this.request(new URL(location, this.#url + path).href.slice(this.#url.length), {
      ...init,
      ...([301, 302, 303].includes(response.status) && request.method === 'POST' ? { method: 'GET', body: null } : {}),
    })
  }
}

async function send(body: ReadableStream<Uint8Array>, stream: ClientHttp2Stream): Promise<void> {
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    // Left as it is: to cancel the body of a form fails within Node.
    if (stream.closed || stream.destroyed) return
    if (done) return void stream.end()
    stream.write(value)
  }
}

function responseOf(stream: ClientHttp2Stream, isHead: boolean, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('close', () => reject(signal.aborted ? signal.reason : new TypeError('fetch failed')))
    stream.on('response', ({ ':status': status = 0, ...fields }) => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(fields))
        for (const one of Array.isArray(value) ? value : [value]) headers.append(name, String(one))
      const isBodiless = status === 204 || status === 205 || status === 304
      resolve(new Response(isBodiless || isHead ? null : bodyOf(stream, signal), { status, headers }))
    })
  })
}

function bodyOf(stream: ClientHttp2Stream, signal: AbortSignal): ReadableStream<Uint8Array> {
  let isOver = false
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const fail = (error: unknown) => {
        if (!isOver) controller.error(error)
        isOver = true
      }
      stream.on('data', (chunk: Buffer) => {
        if (!isOver) controller.enqueue(chunk)
      })
      stream.on('end', () => {
        // A stream that is reset ends, too.
        if (isOver || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return
        isOver = true
        controller.close()
      })
      stream.on('error', fail)
      stream.on('close', () => fail(signal.aborted ? signal.reason : new TypeError('terminated')))
    },
    cancel: () => {
      isOver = true
      stream.close(constants.NGHTTP2_CANCEL)
    },
  })
}

/** What a client sends first, with settings that change nothing (RFC 9113, section 3.4). */
export const preface: Buffer = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)])

/** One frame, with a payload of up to 255 bytes (RFC 9113, section 4.1), for what Node's client does not send. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, 0])
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A whole request, its headers literal but for the first two (RFC 7541, section 6). */
export function getFrame(stream: number, path: string): Buffer {
  const fields = `\x82\x86\x04${String.fromCharCode(path.length)}${path}\x01\x09localhost`
  return frame(1, 0x5, stream, Buffer.from(fields, 'latin1'))
}
