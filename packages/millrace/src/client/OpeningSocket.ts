import { ClientError } from './ClientError.ts'
import { ClientSocketError } from './ClientSocketError.ts'
import type { ClientSocket, SocketClose, WebSocketLike } from './socketTypes.ts'

/** So much may wait to be sent before {@link OpeningSocket.send} waits, in bytes. */
const maxBufferedBytes = 1024 * 1024
/** There is no event for it: so often is looked whether there is room, in milliseconds. */
const lookMs = 20

/** How messages are written and read. */
export interface MessageForm {
  readonly sends: 'json' | 'text'
  readonly receives: 'json' | 'text'
}

interface Waiting {
  readonly resolve: (message: unknown) => void
  readonly reject: (error: Error) => void
}

/** A socket from its first moment to its end. Bytes are binary messages; text is JSON, unless it is said to be none. */
export class OpeningSocket implements ClientSocket<unknown, unknown> {
  readonly opened: Promise<void>
  readonly closed: Promise<SocketClose>
  readonly #request: string
  readonly #form: MessageForm
  readonly #messages: unknown[] = []
  #waiting: Waiting[] = []
  #socket: WebSocketLike | undefined = undefined
  #failure: Error | undefined = undefined
  #close: SocketClose | undefined = undefined

  /** @param request such as `WS /rooms`, for messages */
  constructor(request: string, form: MessageForm, connect: () => Promise<WebSocketLike>) {
    this.#request = request
    this.#form = form
    const opened = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<SocketClose>()
    this.opened = opened.promise
    this.closed = closed.promise
    // Whoever waits for it is told; nobody has to.
    this.opened.catch(() => undefined)
    const end = (close: SocketClose, failure: Error = new ClientSocketError(request, close.code, close.reason)) => {
      if (this.#close) return
      this.#close = close
      this.#failure = failure
      opened.reject(this.#failure)
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
      closed.resolve(close)
    }
    let isOpened = false
    const listen = (socket: WebSocketLike) => {
      this.#socket = socket
      socket.binaryType = 'arraybuffer'
      socket.addEventListener('open', () => {
        isOpened = true
        opened.resolve()
      })
      socket.addEventListener('message', ({ data }: { data: unknown }) => this.#take(data))
      // Browsers do not tell what it was; others do. Node's own does not always close after it.
      socket.addEventListener('error', ({ error }: { error?: unknown }) => {
        if (isOpened) return
        const failure =
          error instanceof ClientError ? error : new ClientSocketError(request, 1006, '', { cause: error })
        end({ code: 1006, reason: '' }, failure)
      })
      socket.addEventListener('close', ({ code, reason }: SocketClose) => end({ code, reason }))
    }
    connect().then(listen, (error: Error) => end({ code: 1006, reason: '' }, error))
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1
  }

  get subprotocol(): string {
    return this.#socket?.protocol ?? ''
  }

  async send(message: unknown): Promise<void> {
    await this.opened
    if (!this.isOpen) throw this.#failure ?? new ClientSocketError(this.#request, 1005, '')
    const socket = this.#socket as WebSocketLike
    socket.send(this.#write(message))
    while (this.isOpen && socket.bufferedAmount > maxBufferedBytes)
      await new Promise((look) => setTimeout(look, lookMs))
  }

  receive(): Promise<unknown> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift())
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  async close(code = 1000, reason = ''): Promise<SocketClose> {
    await this.opened.catch(() => undefined)
    this.#socket?.close(code, reason)
    return this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return { next: () => this.#next() }
  }

  async #next(): Promise<IteratorResult<unknown>> {
    try {
      return { done: false, value: await this.receive() }
    } catch (error) {
      const { code } = this.#close ?? {}
      if (code === 1000 || code === 1001 || code === 1005) return { done: true, value: undefined }
      throw error
    }
  }

  #write(message: unknown): string | Uint8Array<ArrayBuffer> {
    if (message instanceof Uint8Array) return message as Uint8Array<ArrayBuffer>
    if (message instanceof ArrayBuffer) return new Uint8Array(message)
    return this.#form.sends === 'text' ? String(message) : JSON.stringify(message)
  }

  #take(data: unknown): void {
    const message = this.#read(data)
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve(message)
    else this.#messages.push(message)
  }

  #read(data: unknown): unknown {
    if (typeof data !== 'string') return new Uint8Array(data as ArrayBuffer)
    if (this.#form.receives === 'text') return data
    try {
      return JSON.parse(data)
    } catch {
      // The server does not keep to what it has declared; its words say more than that.
      return data
    }
  }
}
