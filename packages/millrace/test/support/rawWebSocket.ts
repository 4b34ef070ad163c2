import { afterEach } from 'vitest'
import { RawSocket, rawRequest } from './socket.ts'

const open = new Set<RawSocket>()

/** Has the clients leave before the servers close, which would wait for their close frames. */
export function destroyAfterEach(): void {
  afterEach(() => {
    for (const socket of open) socket.destroy()
    open.clear()
  })
}

/** The one of RFC 6455, section 1.3. */
export const key = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The headers of a handshake (RFC 6455, section 4.1). */
export const handshakeHeaders: readonly string[] = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  `sec-websocket-key: ${key}`,
]

/** A handshake as it goes over the wire. */
export function handshake(path: string, headers: readonly string[] = []): string {
  return rawRequest('GET', path, [...handshakeHeaders, ...headers])
}

/** Opcodes (RFC 6455, section 11.8). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameOptions {
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number
  /** As it is announced; by default that of the payload. */
  readonly length?: number
}

/** A frame of a client (RFC 6455, section 5.2), or what only looks like one. */
export function frame(opcode: number, payload: string | Buffer = '', options: FrameOptions = {}): Buffer {
  const { isFinal = true, isMasked = true, reserved = 0 } = options
  const bytes = Buffer.from(payload)
  const length = options.length ?? bytes.length
  const size = length < 126 ? length : length < 65_536 ? 126 : 127
  const head = [(isFinal ? 0x80 : 0) | (reserved << 4) | opcode, (isMasked ? 0x80 : 0) | size]
  const extended = Buffer.alloc(size === 126 ? 2 : size === 127 ? 8 : 0)
  if (size === 126) extended.writeUInt16BE(length)
  if (size === 127) extended.writeBigUInt64BE(BigInt(length))
  if (!isMasked) return Buffer.concat([Buffer.from(head), extended, bytes])
  const mask = Buffer.from([1, 2, 3, 4])
  return Buffer.concat([
    Buffer.from(head),
    extended,
    mask,
    bytes.map((byte, index) => byte ^ (mask[index % 4] as number)),
  ])
}

/** A close frame. */
export function closeFrame(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return frame(opcodes.close, payload)
}

/** A frame of the server. */
export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** A WebSocket over a connection that sends whatever it is told to. */
export class RawWebSocket {
  readonly socket: RawSocket

  constructor(port: number, options: { readonly isPaused?: boolean } = {}) {
    this.socket = new RawSocket(port, options)
    open.add(this.socket)
  }

  /** Opens one, and reads the `101`. */
  static async open(port: number, path: string, headers: readonly string[] = []): Promise<RawWebSocket> {
    const opened = new RawWebSocket(port)
    void opened.socket.write(handshake(path, headers))
    const { status, body } = await opened.socket.answer()
    if (status !== 101) throw new Error(`The handshake was answered with ${status}: ${body}`)
    return opened
  }

  send(...frames: readonly Buffer[]): Promise<void> {
    return this.socket.write(Buffer.concat(frames))
  }

  /** The next frame of the server: never masked, never a fragment. */
  async frame(): Promise<ServerFrame> {
    const [first = 0, second = 0] = await this.socket.bytes(2)
    let length = second
    if (length === 126) length = (await this.socket.bytes(2)).readUInt16BE()
    else if (length === 127) length = Number((await this.socket.bytes(8)).readBigUInt64BE())
    return { opcode: first & 0x0f, payload: await this.socket.bytes(length) }
  }

  /** The next frame, which has to be one of text. */
  async text(): Promise<string> {
    const { opcode, payload } = await this.frame()
    if (opcode !== opcodes.text) throw new Error(`The server sent opcode ${opcode}: ${payload.toString('hex')}`)
    return payload.toString()
  }

  /** The close frame, which has to be the next: `1000 reason`. */
  async closing(): Promise<string> {
    const { opcode, payload } = await this.frame()
    if (opcode !== opcodes.close) throw new Error(`The server sent opcode ${opcode}: ${payload.toString('hex')}`)
    return `${payload.readUInt16BE()} ${payload.toString('utf8', 2)}`.trimEnd()
  }
}
