import { connect, type Socket } from 'node:net'
import { afterEach } from 'vitest'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** By lower-case names; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const open = new Set<RawSocket>()

afterEach(() => {
  for (const socket of open) socket.destroy()
  open.clear()
})

/** A connection that sends whatever it is told to, and reads what comes. */
export class RawSocket {
  /** Settles once the connection is over; `reset` where the server has cut it with data under way. */
  readonly closed: Promise<'ended' | 'reset'>
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #length = 0
  #isOver = false
  #wake: () => void = () => undefined

  constructor(port: number, options: { readonly isPaused?: boolean } = {}) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    open.add(this)
    if (!options.isPaused) this.resume()
    this.closed = new Promise((resolve) => {
      this.#socket.on('error', () => resolve('reset'))
      this.#socket.on('close', () => {
        this.#isOver = true
        this.#wake()
        resolve('ended')
      })
    })
  }

  /** Starts to read, for a socket that was opened paused. */
  resume(): void {
    this.#socket.on('data', (chunk) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#wake()
    })
  }

  /** Resolves when it is handed to the system; never while the server does not read. */
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(data, () => resolve()))
  }

  /** Sends no more, and still reads. */
  end(): void {
    this.#socket.end()
  }

  /** Leaves without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Everything up to and with a text, as latin1. @throws {Error} when the connection ends before it */
  async until(text: string): Promise<string> {
    const end = await this.#find(text)
    return this.#take(end + text.length).toString('latin1')
  }

  /** The next bytes, so many. @throws {Error} when the connection ends before them */
  async bytes(length: number): Promise<Buffer> {
    await this.#until(() => this.#length >= length)
    return this.#take(length)
  }

  /** The next answer, interim ones included. @throws {Error} when the connection ends before its end */
  async answer({ method = 'GET' }: { readonly method?: string } = {}): Promise<RawAnswer> {
    const [statusLine = '', ...lines] = (await this.until('\r\n\r\n')).trimEnd().split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const [name = '', value = ''] = line.split(/: (.*)/s)
      const key = name.toLowerCase()
      headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
    }
    const isBodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304
    return { status, headers, body: isBodiless ? '' : await this.#body(headers) }
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    if (headers['content-length'] !== undefined) {
      const length = Number(headers['content-length'])
      await this.#until(() => this.#length >= length)
      return this.#take(length).toString()
    }
    let body = ''
    for (;;) {
      const size = Number.parseInt(await this.until('\r\n'), 16)
      await this.#until(() => this.#length >= size + 2)
      body += this.#take(size + 2)
        .subarray(0, size)
        .toString()
      if (size === 0) return body
    }
  }

  async #find(text: string): Promise<number> {
    await this.#until(() => this.#received.includes(text))
    return this.#received.indexOf(text)
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isOver) throw new Error(`The connection ended after: ${this.#received.toString('latin1')}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #take(length: number): Buffer {
    const received = this.#received
    this.#chunks = [received.subarray(length)]
    this.#length -= length
    return received.subarray(0, length)
  }

  get #received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] ?? Buffer.alloc(0)
  }
}

/** A request without a body, or with one whose length is announced. */
export function rawRequest(method: string, target: string, headers: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  return [`${method} ${target} HTTP/1.1`, 'host: localhost', ...length, ...headers, '', body ?? ''].join('\r\n')
}
