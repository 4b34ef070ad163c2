import { Socket, type SocketConstructorOpts } from 'node:net'
import { markAlike } from '../unixSocket.ts'

/** Takes what has come on a connection: `bytes` up to `end`, which are its own only until it returns. */
export type Receive = (bytes: Buffer, end: number) => void

/** What is read at once, as large as Node has it. */
const readBytes = 64 * 1024
/** Of all connections: whatever is read into it is used, or copied, before the next read. Made for the first of them. */
let lent: Buffer | undefined

/**
 * The side of a connection on which bytes come in.
 *
 * For each read, Node takes fresh memory of 64 KiB, shrinks it to what has come, and passes it on through a stream.
 * The option `onread` of its sockets has them read into memory that is given once: a request then takes 0.8 to 1.2 µs
 * less, of 8.7 in W1 and 16 in W2. Bodies are copied out of it, which makes one of 20 KB 10 % cheaper than before, and one
 * of 1 MB 7 % dearer; to give large bodies memory of their own, by `onread.buffer()`, was no better. For a socket that a server accepts there is no such option, so its connection
 * is moved to a socket of our own, see {@link adopt}.
 */
export class Intake {
  /** What the connection is on from now on. */
  readonly socket: Socket
  readonly #receive: Receive
  /** What has come, and cannot be used yet. */
  #rest: Buffer | undefined = undefined
  #isReleased = false

  /** @param accepted from a server without TLS if it `canMove`; nothing has been read from it by then */
  constructor(accepted: Socket, canMove: boolean, receive: Receive) {
    this.#receive = receive
    const own = canMove ? adopt(accepted, this.#onRead) : undefined
    this.socket = own ?? accepted.on('data', this.#onData)
  }

  /** What has been kept. */
  get rest(): Buffer | undefined {
    return this.#rest
  }

  /** Keeps a part of what has come, until more comes, instead of what has been kept before. */
  keep(bytes: Buffer, at: number, end: number): void {
    this.#rest = at === end ? undefined : this.own(bytes, at, end)
  }

  /** Keeps nothing. */
  drop(): void {
    this.#rest = undefined
  }

  /** A part of what has come, as memory that nobody else writes to. */
  own(bytes: Buffer, at: number, end: number): Buffer {
    if (bytes !== lent) return at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
    const copy = Buffer.allocUnsafe(end - at)
    bytes.copy(copy, 0, at, end)
    return copy
  }

  /** From now on the socket tells of what comes by its own events. Returns what has come before, and was kept. */
  release(): Buffer {
    const rest = this.#rest ?? Buffer.alloc(0)
    this.drop()
    this.#isReleased = true
    this.socket.off('data', this.#onData)
    return rest
  }

  /** Returns whether to read on. */
  readonly #onRead = (length: number, bytes: Buffer): boolean => {
    // As Node does with what it reads itself.
    if (this.#isReleased) return this.socket.push(this.own(bytes, 0, length))
    if (this.#rest === undefined) this.#receive(bytes, length)
    else this.#onData(bytes.subarray(0, length))
    return true
  }

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.#receive(bytes, bytes.length)
  }
}

/** What is not told of a socket: `server.listen` is documented to take what has a `_handle`, and this is how. */
interface WithHandle {
  _handle: { readonly useUserBuffer?: unknown } | null
}

/**
 * Moves an accepted connection to a socket that reads into {@link lent}, as Node's own servers make theirs: out of a
 * handle. `_handle` and the option `handle` are the same on Node 22, 24 and 26, and documented on none: where one of
 * them is missing, or does not do it, nothing has happened, and the connection is read as ever.
 *
 * @returns `undefined` where that cannot be
 */
function adopt(accepted: Socket, onRead: (length: number, bytes: Buffer) => boolean): Socket | undefined {
  const from = accepted as Socket & WithHandle
  const handle = from._handle
  if (typeof handle?.useUserBuffer !== 'function') return undefined
  lent ??= Buffer.allocUnsafeSlow(readBytes)
  const options = { handle, allowHalfOpen: true, onread: { buffer: lent, callback: onRead } }
  const own = socketOf(options)
  if (own?._handle !== handle) return undefined
  from._handle = null
  markAlike(own, accepted)
  // The server counts the accepted one, and is closed when the last of them is.
  return own.once('close', () => accepted.destroy())
}

function socketOf(options: object): (Socket & WithHandle) | undefined {
  try {
    // Its types know of no handle such as this one.
    return new Socket(options as SocketConstructorOpts) as Socket & WithHandle
  } catch {
    return undefined
  }
}
