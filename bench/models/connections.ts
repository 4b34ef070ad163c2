import { connect, type Socket } from 'node:net'

/** How long an answer may take. */
const patienceMs = 30_000

/** A request on its way. */
interface Pending {
  readonly request: string
  readonly onAnswer: (status: number | undefined) => void
  readonly askedAt: number
}

/** One connection: what it waits for, and what of the answer has come. */
interface Connection {
  readonly socket: Socket
  pending: Pending | undefined
  received: string
}

/**
 * Kept HTTP/1.1 connections that read no more of an answer than its status and its end, so that the load takes little
 * of the machine which it shares with the server: `node:http` took 38 µs of processor time for a request, this takes 7 (64 connections).
 */
export class Connections {
  readonly #port: number
  readonly #most: number
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: Pending[] = []

  /** @param most connections at a time; further requests wait for one */
  constructor(port: number, most: number) {
    this.#port = port
    this.#most = most
    setInterval(() => this.#giveUp(performance.now() - patienceMs), 1_000).unref()
  }

  /** Sends a request. `onAnswer` gets the status, or `undefined` where there is no answer. Returns how to leave. */
  send(request: string, onAnswer: Pending['onAnswer']): () => void {
    const pending = { request, onAnswer, askedAt: performance.now() }
    const connection = this.#idle.pop() ?? (this.#all.size < this.#most ? this.#open() : undefined)
    if (connection) this.#write(connection, pending)
    else this.#waiting.push(pending)
    return () => {
      for (const one of this.#all) if (one.pending === pending) one.socket.destroy()
    }
  }

  #open(): Connection {
    const connection: Connection = {
      socket: connect({ port: this.#port, host: '127.0.0.1', noDelay: true }),
      pending: undefined,
      received: '',
    }
    this.#all.add(connection)
    connection.socket.setEncoding('latin1')
    connection.socket.on('data', (text: unknown) => this.#onData(connection, text as string))
    connection.socket.on('error', () => undefined)
    connection.socket.on('close', () => this.#onClose(connection))
    return connection
  }

  #write(connection: Connection, pending: Pending): void {
    connection.pending = pending
    connection.received = ''
    connection.socket.write(pending.request)
  }

  #onData(connection: Connection, text: string): void {
    const received = connection.received + text
    if (!isWhole(received)) {
      connection.received = received
      return
    }
    const { pending } = connection
    connection.pending = undefined
    const isLast = /\r\nconnection: close\r\n/i.test(received.slice(0, received.indexOf('\r\n\r\n') + 2))
    if (isLast) connection.socket.destroy()
    else {
      const next = this.#waiting.shift()
      if (next) this.#write(connection, next)
      else this.#idle.push(connection)
    }
    pending?.onAnswer(Number(received.slice(9, 12)))
  }

  #onClose(connection: Connection): void {
    this.#all.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index >= 0) this.#idle.splice(index, 1)
    connection.pending?.onAnswer(undefined)
    connection.pending = undefined
    const next = this.#waiting.shift()
    if (next) this.#write(this.#open(), next)
  }

  #giveUp(askedBefore: number): void {
    for (const { socket, pending } of this.#all) if (pending && pending.askedAt < askedBefore) socket.destroy()
  }
}

/** Whether an answer has come to its end, by its length or its last chunk. */
function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = received.slice(0, end + 2)
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  if (length !== undefined) return received.length >= end + 4 + Number(length)
  return /\r\ntransfer-encoding: *chunked\r\n/i.test(head) && received.endsWith('\r\n0\r\n\r\n')
}
