import { TrailerError } from '../errors/TrailerError.ts'
import { checkHeader } from './headers.ts'
import type { MaybePromise } from './maybePromise.ts'

/** Makes the value of a trailer when the body has ended; `undefined` leaves it out. */
export type MakeTrailer = () => MaybePromise<string | undefined>

/** The trailers of an answer: announced before its body, made when that has ended (RFC 9110, section 6.5). */
export class Trailers {
  readonly #makers: (readonly [name: string, make: MakeTrailer])[] = []
  readonly #inner: Trailers | undefined
  #fields: readonly string[] = []
  #isAnnounced = false
  #made: Promise<void> | undefined = undefined

  /** @param inner those of an answer that is passed on, which come first and are made once */
  constructor(inner?: Trailers) {
    this.#inner = inner
  }

  /**
   * @throws {TypeError} for a name that no header can have
   * @throws {TrailerError} `forbidden_trailer`; `late_trailer` once the head of the answer is made
   */
  add(name: string, make: MakeTrailer): void {
    checkHeader(name, '')
    const key = name.toLowerCase()
    if (forbidden.has(key))
      throw new TrailerError(
        'forbidden_trailer',
        `'${key}' cannot be a trailer: whoever receives the answer has to know it before the body. Set it as a header`,
      )
    if (this.#isAnnounced || this.#made) throw lateTrailer(key)
    this.#makers.push([key, make])
  }

  addAll(other: Trailers): void {
    for (const [name, make] of other.#makers) this.add(name, make)
  }

  /** The same, to be made anew. */
  copy(): Trailers {
    const copy = new Trailers(this.#inner)
    copy.addAll(this)
    return copy
  }

  /** For the header `trailer`, after which none can be added (RFC 9110, section 6.6.2). */
  announce(): string {
    this.#isAnnounced = true
    const names = this.#makers.map(([name]) => name)
    return [...new Set(this.#inner ? [this.#inner.announce(), ...names] : names)].join(', ')
  }

  /** Name, value, name, value; empty before {@link make}. */
  get fields(): readonly string[] {
    return this.#fields
  }

  /** Makes {@link fields}, once. @throws what makes a value throws; {TypeError} for a value that no header can have */
  make(): Promise<void> {
    this.#made ??= this.#make()
    return this.#made
  }

  async #make(): Promise<void> {
    await this.#inner?.make()
    const fields: string[] = [...(this.#inner?.fields ?? [])]
    for (const [name, make] of this.#makers) {
      const value = await make()
      if (value === undefined) continue
      checkHeader(name, value)
      fields.push(name, value)
    }
    this.#fields = fields
  }
}

/** Those of web responses, which have no place for them: for the app around the one that has made them. */
export const responseTrailers: WeakMap<Response, Trailers> = new WeakMap()

export function lateTrailer(name: string): TrailerError {
  return new TrailerError(
    'late_trailer',
    `The trailer '${name}' comes too late: the head of the answer has to announce it. Declare it before the first item of the stream`,
  )
}

/** RFC 9110, section 6.5.1: fields of framing, routing, authentication, of how a request or an answer is to be taken, and of how its body is to be read. */
const forbidden: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'cookie',
  'proxy-authenticate',
  'proxy-authorization',
  'set-cookie',
  'www-authenticate',
  'cache-control',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'pragma',
  'range',
  'age',
  'date',
  'expires',
  'location',
  'retry-after',
  'vary',
  'warning',
  'content-encoding',
  'content-range',
  'content-type',
])
