import { Dicer } from '@fastify/busboy'
import { codedError } from '../../errors/codedError.ts'
import type { MultipartLimits } from '../../plan/multipart.ts'
import { parameterOf } from '../mediaType.ts'
import { IncomingPart } from './IncomingPart.ts'
import { PartCount } from './PartCount.ts'
import { type PartHead, type RawHeaders, readHead } from './partHead.ts'

/** Headers of one part, in bytes: as many as those of a whole request may have. */
const maxPartHeaderBytes = 16 * 1024
const maxPieceBytes = 64 * 1024

/** What is asked of a multipart body. */
export interface PartRules {
  readonly limits: MultipartLimits
  readonly isFile: (head: PartHead) => boolean
}

/**
 * Reads a multipart body part by part (RFC 2046, section 5.1). It takes a piece from the source only when a part,
 * or the next part, is asked for; what of a part has not been read by then is skipped.
 *
 * A failure of any kind is thrown by whatever is asked for next, and ends the reading of the source.
 */
export class PartReader implements AsyncIterableIterator<IncomingPart> {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #isFile: PartRules['isFile']
  readonly #count: PartCount
  readonly #parser: Dicer
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers()
  /** Parts whose headers have come, and that nobody has asked for yet. */
  #next: IncomingPart[] = []
  #current: IncomingPart | undefined
  #readingOn: Promise<void> | undefined
  #failure: unknown
  #isWhole = false
  #isLeft = false
  /** Of headers that have not come to their end, in pieces that hold nothing else. */
  #pendingHeaderBytes = 0
  /** The part whose headers have begun, and have not come to their end. */
  #inHeadersOf: Dicer.PartStream | undefined

  /** @throws {HttpError} `malformed_body` where the type has no proper boundary */
  constructor(source: ReadableStream<Uint8Array>, contentType: string, rules: PartRules) {
    this.#parser = new Dicer({ boundary: boundaryOf(contentType) })
    this.#source = source.getReader()
    this.#isFile = rules.isFile
    this.#count = new PartCount(rules.limits)
    this.#parser.on('part', (stream) => this.#begin(stream))
    this.#parser.on('finish', () => this.#over.resolve())
    this.#parser.on('error', () => {
      this.#fail(codedError('malformed_body', 'The multipart body ends before its last boundary'))
      this.#over.resolve()
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<IncomingPart, undefined>> {
    this.#current?.skip()
    for (;;) {
      const part = this.#next.shift()
      if (part) {
        this.#current = part
        return { done: false, value: part }
      }
      if (this.#isWhole || this.#isLeft) return { done: true, value: undefined }
      await this.readOn()
    }
  }

  /**
   * Reads no more, but for a part that is being read: a loop may be left with what its stream or its text will be.
   * What is left of the body is the connection's to drop.
   */
  async return(): Promise<IteratorResult<IncomingPart, undefined>> {
    this.#isLeft = true
    if (!this.#current?.isBeingRead) {
      this.#current?.skip()
      await this.#source.cancel().catch(() => undefined)
    }
    return { done: true, value: undefined }
  }

  /** Takes one more piece from the source, for whoever waits. @throws the failure of this reader */
  async readOn(): Promise<void> {
    if (this.#failure === undefined) {
      this.#readingOn ??= this.#take().finally(() => (this.#readingOn = undefined))
      await this.#readingOn
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  async #take(): Promise<void> {
    try {
      const { done, value } = await this.#source.read()
      if (done) await this.#end()
      else await this.#write(value)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A source without a socket may give very large pieces: the parser gets no more than a socket would give it. */
  async #write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.byteLength && this.#failure === undefined; at += maxPieceBytes) {
      const slice = piece.subarray(at, at + maxPieceBytes)
      const before = this.#inHeadersOf
      // What the parser has found it tells in the next ticks.
      await new Promise<void>((resolve) => this.#parser.write(slice, () => setImmediate(resolve)))
      if (this.#inHeadersOf === undefined || this.#inHeadersOf !== before) this.#pendingHeaderBytes = 0
      else this.#pendingHeaderBytes += slice.byteLength
      if (this.#pendingHeaderBytes > maxPartHeaderBytes) this.#fail(headersTooLarge())
    }
  }

  async #end(): Promise<void> {
    this.#parser.end()
    await this.#over.promise
    this.#isWhole = true
  }

  #begin(stream: Dicer.PartStream): void {
    let part: IncomingPart | undefined
    let isFile = false
    let size = 0
    this.#inHeadersOf = stream
    stream.on('header', (raw) => {
      this.#inHeadersOf = undefined
      if (this.#failure !== undefined) return
      try {
        const head = readHead(checkSize(raw as RawHeaders))
        isFile = this.#isFile(head)
        this.#count.add(head, isFile)
        part = new IncomingPart(this, head)
        this.#next.push(part)
      } catch (error) {
        this.#fail(error)
      }
    })
    stream.on('data', (piece: Buffer | string) => {
      if (!part || this.#failure !== undefined) return
      size += piece.length
      try {
        if (isFile) this.#count.checkFile(part, size)
        else this.#count.addFieldBytes(piece.length)
        part.push(piece as Buffer)
      } catch (error) {
        this.#fail(error)
      }
    })
    stream.on('end', () => {
      if (part) part.end()
      else this.#fail(codedError('malformed_body', 'A part ends within its headers'))
    })
    // The parser tells of the same fault.
    stream.on('error', () => undefined)
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#next = []
    void this.#source.cancel().catch(() => undefined)
  }
}

/** RFC 2046, section 5.1.1: one to seventy characters. */
function boundaryOf(contentType: string): string {
  const boundary = parameterOf(contentType, 'boundary') ?? ''
  if (/^[\x20-\x7e]{1,70}$/.test(boundary)) return boundary
  throw codedError('malformed_body', "The content-type 'multipart/form-data' has no proper boundary")
}

function checkSize(raw: RawHeaders): RawHeaders {
  let size = 0
  for (const [name, values] of Object.entries(raw)) for (const value of values) size += name.length + value.length + 4
  if (size > maxPartHeaderBytes) throw headersTooLarge()
  return raw
}

function headersTooLarge(): Error {
  return codedError('part_too_large', `The headers of a part are larger than ${maxPartHeaderBytes} bytes`)
}
