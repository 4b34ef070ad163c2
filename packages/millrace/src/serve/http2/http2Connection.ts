import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { lingerMs } from '../linger.ts'
import type { HostedConnection, NetHost } from '../net/netHost.ts'
import { logRefusal } from '../refusal.ts'
import { isUnixPeer } from '../unixSocket.ts'
import { Http2Exchange, type Http2Peer } from './http2Exchange.ts'
import { isRequestWhole, refuseStream } from './refusal.ts'
import { readHead, sizeOf } from './requestHead.ts'
import { SendWatch } from './sendWatch.ts'

/** So many requests of a connection are at work at once, which clients are told (RFC 9113, section 5.1.2). */
const maxConcurrentStreams = 100
/**
 * So many requests more than are answered, or than the clock forgives, may a client take back: each has cost us its
 * handler, while it counts no more among those at work ("rapid reset", CVE-2023-44487).
 */
const maxResets = 100
/** Of answers that wait for their client, in megabytes: its streams are limited already, and Node would refuse some at 10. */
const maxSessionMemory = 256
/** So many of them are forgiven with each tick of the clock. */
const forgivenResets = 10

/** A request that is not over. */
interface OpenStream {
  readonly sinceMs: number
  /** Where a handler has it. */
  exchange: Http2Exchange | undefined
  /** While something is to be sent. */
  sendWatch: SendWatch | undefined
}

/** One connection of HTTP/2 (RFC 9113). Node reads its frames; this has its requests answered, and keeps its limits. */
export class Http2Connection implements HostedConnection {
  readonly #host: NetHost
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #peer: Http2Peer
  /** Those that are not over. */
  readonly #open: Map<ServerHttp2Stream, OpenStream> = new Map()
  #requests = 0
  #resets = 0
  #idleSinceMs: number
  #lingering: NodeJS.Timeout | undefined = undefined
  /** Until the first request has come, which has the time that HTTP/1.1 gives to headers. */
  #patienceMs: number

  constructor(host: NetHost, socket: Socket) {
    const { limits } = host
    this.#host = host
    this.#socket = socket
    this.#peer = {
      scheme: 'encrypted' in socket ? 'https' : 'http',
      clientAddress: socket.remoteAddress,
      isUnixPeer: isUnixPeer(socket),
    }
    this.#idleSinceMs = host.nowMs
    this.#patienceMs = limits.headersTimeoutMs
    // Twice of what is allowed, so that what is a little too large can be told so, rather than cut.
    const maxHeaderListSize = 2 * limits.maxHeaderBytes
    const session = performServerHandshake(socket, {
      maxSessionMemory,
      maxHeaderListPairs: Math.ceil(maxHeaderListSize / 32),
      settings: { maxConcurrentStreams, maxHeaderListSize, enableConnectProtocol: false },
    })
    this.#session = session
    session.on('stream', (stream, _headers, _flags, raw: unknown) => this.#onStream(stream, raw as readonly string[]))
    session.on('close', () => {
      clearTimeout(this.#lingering)
      host.connections.delete(this)
    })
    // `close` follows, and says all there is to say.
    session.on('error', () => undefined)
    // Whoever sends no more has left.
    socket.on('end', () => this.#cut())
  }

  checkTime(nowMs: number): void {
    const { limits, tickMs } = this.#host
    this.#resets = Math.max(0, this.#resets - forgivenResets)
    // The clock may be late by a tick: nothing is to end too early.
    if (this.#open.size === 0) {
      const idleMs = nowMs - this.#idleSinceMs - tickMs
      // One that has been told so may not be there to close its side.
      if (this.#session.closed && idleMs >= this.#patienceMs + lingerMs) this.#cut()
      else if (idleMs >= this.#patienceMs) this.retire()
      return
    }
    for (const [stream, open] of this.#open) {
      if (nowMs - open.sinceMs - tickMs >= limits.requestTimeoutMs && !isRequestWhole(stream))
        open.exchange?.refuse('request_timeout')
      this.#watchSending(stream, open, nowMs)
    }
  }

  /** Cuts a stream of which nothing leaves: without a window, or with the whole connection. */
  #watchSending(stream: ServerHttp2Stream, open: OpenStream, nowMs: number): void {
    const { exchange } = open
    if (stream.writableLength === 0) {
      open.sendWatch = undefined
      return
    }
    open.sendWatch ??= new SendWatch(stream)
    if (open.sendWatch.stalledMs(nowMs, exchange?.writtenBytes ?? 0) < this.#host.limits.sendTimeoutMs) return
    // Once the connection has all of it, only that can still be ended.
    const isWithConnection = stream.closed
    exchange?.cut()
    stream.destroy()
    if (isWithConnection) this.destroy()
  }

  /** Says GOAWAY (RFC 9113, section 6.8). Requests that have come are answered; then the connection ends. */
  retire(): void {
    if (!this.#session.closed) this.#session.close()
  }

  destroy(): void {
    // What is whole may still be on its way; the client then closes, or is not waited for any longer.
    if (this.#open.size === 0 && this.#lingering === undefined) {
      this.#lingering = setTimeout(() => this.#cut(), lingerMs)
      this.retire()
    } else this.#cut()
  }

  #cut(): void {
    this.#session.destroy()
    // A session that has said GOAWAY would wait for its client to close.
    this.#socket.destroy()
  }

  #onStream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    const { handle, limits, nowMs } = this.#host
    this.#patienceMs = limits.keepAliveTimeoutMs
    const open: OpenStream = { sinceMs: nowMs, exchange: undefined, sendWatch: undefined }
    this.#open.set(stream, open)
    // `close` follows.
    stream.on('error', () => undefined)
    stream.once('close', () => this.#onOver(stream))
    // Taken back in the packet in which it came, which Node has read to its end by now: it costs no handler.
    if (stream.closed || stream.destroyed) return
    // Those that the client has sent by then, it may send again.
    if (++this.#requests >= limits.maxRequestsPerConnection) this.retire()
    const head = sizeOf(raw) > limits.maxHeaderBytes ? 'headers_too_large' : (readHead(raw) ?? 'bad_request')
    if (typeof head === 'string') {
      logRefusal(this.#host.log, head, this.#peer.clientAddress)
      return refuseStream(stream, head)
    }
    const exchange = new Http2Exchange(head, stream, this.#peer)
    open.exchange = exchange
    // Node tells of them once, whether the body is being read or not.
    if (exchange.hasBody)
      stream.once('trailers', (_fields, _flags, rawTrailers: unknown) => {
        const fields = rawTrailers as readonly string[]
        if (sizeOf(fields) > limits.maxHeaderBytes) exchange.refuse('headers_too_large')
        else exchange.takeTrailers(fields)
      })
    handle(exchange)
  }

  #onOver(stream: ServerHttp2Stream): void {
    this.#open.delete(stream)
    this.#idleSinceMs = this.#host.nowMs
    // One that leaves an answer that has begun, such as a stream of events, has had what it asked for.
    if (stream.headersSent) this.#resets = Math.max(0, this.#resets - 1)
    else if (++this.#resets > maxResets)
      this.#session.destroy(new Error('Too many requests were taken back'), constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
}
