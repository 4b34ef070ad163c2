import type { UrlFor } from '../plan/urlFor.ts'
import type { Answer } from '../serve/answer.ts'
import type { Exchange } from '../serve/exchange.ts'
import { type Forwarded, unixPeer } from '../serve/forwarded.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import type { MiddlewareContext } from './baseContext.ts'
import type { ContextHost } from './contextHost.ts'
import { ChildLogger, type Logger } from './log.ts'
import { parseQuery, type RawValues } from './query.ts'
import { type HeldStream, RequestSignals } from './requestSignals.ts'
import { ResponseDraft } from './responseDraft.ts'
import { trailersOf } from './trailers.ts'
import { bodyStream, WebRequest } from './WebRequest.ts'
import { withoutBase } from './withoutBase.ts'

let requests = 0
const instance = Math.random().toString(36).slice(2, 8)

/** One request on its way: one shape for every operation, its parts built when they are read. */
export class RequestContext implements MiddlewareContext {
  params: unknown = undefined
  query: unknown = undefined
  headers: unknown = undefined
  cookies: unknown = undefined
  body: unknown = undefined
  readonly path: string
  route: string | undefined
  readonly '~exchange': Exchange
  readonly '~host': ContextHost
  /** Of the route, once it is known. */
  '~maxBodyBytes': number
  /** Path parameters as the matcher found them. */
  '~rawParams': Readonly<Record<string, string>> | undefined
  /** Values of the operation's dependencies, by index. */
  '~values': unknown[] | undefined = undefined
  /** Checked inputs of the operation's dependencies, by index. */
  '~inputs': (CheckedInputs | undefined)[] | undefined = undefined
  /** Why no more dependencies are to be made. */
  '~failure': unknown = undefined
  /** Cleanup of what was opened for this request. */
  '~opened': Opened[] | undefined = undefined
  /** Work for after the answer. */
  '~work': (() => unknown)[] | undefined = undefined
  /** Whether the body has been asked for and has not come yet. */
  '~isReading' = false
  /** The body, once it has been read whole. */
  '~bodyBytes': Uint8Array | undefined = undefined
  /** The last one that was made for this request alone, and may be changed. */
  '~answer': Answer | undefined = undefined
  /** Whether all is done, the work after the answer too. */
  '~isOver' = false
  /** Every stream that was opened to be the answer. */
  '~streams': HeldStream[] | undefined = undefined
  /** While the operation runs: settles when it is through, even if a timeout has answered before. */
  '~running': Promise<unknown> | undefined = undefined
  /** Its place among the requests in flight; -1 for one that is not among them. */
  '~slot' = -1
  readonly #queryStart: number
  #query: RawValues | undefined = undefined
  #cookies: Readonly<Record<string, string | undefined>> | undefined = undefined
  #trailers: Readonly<Record<string, string | undefined>> | undefined = undefined
  #id: string | undefined = undefined
  #log: Logger | undefined = undefined
  #response: ResponseDraft | undefined = undefined
  #signals: RequestSignals | undefined = undefined
  #web: WebRequest | undefined = undefined
  #urlFor: UrlFor | undefined = undefined
  #after: ((work: () => unknown) => void) | undefined = undefined
  #trusted: Forwarded | undefined = undefined

  constructor(exchange: Exchange, host: ContextHost) {
    const { target } = exchange
    const start = target.indexOf('?')
    const path = start < 0 ? target : target.slice(0, start)
    this.path = host.basePath === '' ? path : withoutBase(path, host.basePath)
    this.route = undefined
    this['~exchange'] = exchange
    this['~host'] = host
    this['~maxBodyBytes'] = host.maxBodyBytes
    this['~rawParams'] = undefined
    this.#queryStart = start
  }

  get method(): string {
    return this['~exchange'].method
  }

  get scheme(): 'http' | 'https' {
    return this.#forwarded()?.scheme ?? this['~exchange'].scheme
  }

  get clientAddress(): string | undefined {
    const forwarded = this.#forwarded()
    return forwarded ? forwarded.clientAddress : this['~exchange'].clientAddress
  }

  get host(): string | undefined {
    return this.#forwarded()?.host ?? this['~exchange'].mountedAt?.host ?? this.header('host')
  }

  get basePath(): string {
    const own = this.#forwarded()?.prefix ?? this['~host'].basePath
    const { mountedAt } = this['~exchange']
    return mountedAt ? mountedAt.basePath + own : own
  }

  /** The query with its question mark, as it came; empty for none. */
  get '~search'(): string {
    return this.#queryStart < 0 ? '' : this['~exchange'].target.slice(this.#queryStart)
  }

  #forwarded(): Forwarded | undefined {
    const { readForwarded } = this['~host']
    if (!readForwarded) return undefined
    const { isUnixPeer, clientAddress } = this['~exchange']
    this.#trusted ??= readForwarded(isUnixPeer ? unixPeer : clientAddress, (name) => this.header(name))
    return this.#trusted
  }

  header(name: string): string | undefined {
    return this['~exchange'].header(name)
  }

  get trailers(): Readonly<Record<string, string | undefined>> {
    this.#trailers ??= trailersOf(this['~exchange'])
    return this.#trailers
  }

  get urlFor(): UrlFor {
    this.#urlFor ??= (operation, ...[params, options]) => this['~host'].urlOf(operation, params, options, this)
    return this.#urlFor
  }

  get id(): string {
    this.#id ??= `${instance}-${(++requests).toString(36)}`
    return this.#id
  }

  set id(value: string) {
    this.#id = value
    this.#log = undefined
  }

  get log(): Logger {
    this.#log ??= new ChildLogger(this['~host'].logger, { request: this.id })
    return this.#log
  }

  get response(): ResponseDraft {
    this.#response ??= new ResponseDraft(this['~host'].cookies)
    return this.#response
  }

  /** The draft, if anyone has asked for it. */
  get '~draft'(): ResponseDraft | undefined {
    return this.#response
  }

  get after(): (work: () => unknown) => void {
    this.#after ??= (work) => {
      if (this['~isOver']) throw new TypeError('after() was called when the request was over: its work would never run')
      this['~work'] ??= []
      this['~work'].push(work)
    }
    return this.#after
  }

  get signal(): AbortSignal {
    return this.#ownSignals.request
  }

  /** What dependencies see: {@link signal}, aborted as well when one of them fails. */
  get '~dependencySignal'(): AbortSignal {
    return this.#ownSignals.dependencies
  }

  get #ownSignals(): RequestSignals {
    this.#signals ??= new RequestSignals(this)
    return this.#signals
  }

  /** Tells the dependencies that are being made that it is for nothing. */
  '~failDependencies'(error: unknown): void {
    this['~failure'] = error
    this.#signals?.failDependencies(error)
  }

  /** Aborts {@link signal}, whether it has been read or will be, and what streams. */
  '~abort'(reason: unknown): void {
    this.#ownSignals.abort(reason)
  }

  /** Keeps a stream that was opened to be the answer, so that it ends with the request, sent or not. */
  '~holdStream'(stream: HeldStream): void {
    this['~streams'] ??= []
    this['~streams'].push(stream)
    this.#ownSignals.hold(stream)
  }

  /** Tells what streams that the server is about to stop. */
  '~drain'(): void {
    if (this['~streams']) for (const stream of this['~streams']) stream.drain?.()
  }

  /** APIs of the platform reject with an AbortError of their own; what counts is why {@link signal} was aborted. */
  '~causeOf'(error: unknown): unknown {
    const isAbort = error instanceof Error && error.name === 'AbortError'
    return isAbort && this.#signals ? this.#signals.causeOf(error) : error
  }

  get request(): Request {
    this.#web ??= new WebRequest(this)
    return this.#web.request
  }

  /** Raw query values, parsed once. */
  get '~rawQuery'(): RawValues {
    const start = this.#queryStart
    this.#query ??= parseQuery(
      start < 0 ? '' : this['~exchange'].target.slice(start + 1),
      'malformed_target',
      this['~host'].brokenEscapes,
    )
    return this.#query
  }

  /** Raw cookies, parsed once. */
  get '~rawCookies'(): Readonly<Record<string, string | undefined>> {
    this.#cookies ??= this['~host'].cookies.parse(this.header('cookie') ?? '')
    return this.#cookies
  }

  /** The whole body: of the exchange, or of {@link request} where someone has begun to read that. */
  '~readBody'(maxBytes: number): MaybePromise<Uint8Array> {
    this['~isReading'] = true
    return this.#web?.isStreamed ? this.#web.readBody(maxBytes) : this['~exchange'].body(maxBytes)
  }

  /** The body as it comes, for those who do not want to have it whole. */
  '~streamBody'(maxBytes: number): ReadableStream<Uint8Array> {
    return this.#web?.isStreamed ? this.#web.streamBody() : bodyStream(this, maxBytes)
  }

  /** Keeps the body that was read, so that {@link request} can offer it again. */
  '~keepBody'(bytes: Uint8Array): void {
    this['~bodyBytes'] = bytes
    this['~isReading'] = false
  }
}

/** Inputs after the check, of one dependency. */
export interface CheckedInputs {
  params: unknown
  query: unknown
  headers: unknown
  cookies: unknown
}

/** Something opened for a request that has to be closed again. */
export interface Opened {
  readonly label: string
  readonly scope: 'request' | 'handler'
  readonly generator: AsyncGenerator<unknown> | Generator<unknown>
}
