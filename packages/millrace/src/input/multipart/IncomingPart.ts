import type { Part } from '../../plan/multipart.ts'
import { decodeText, parseJson } from '../json.ts'
import { type PartHead, webHeaders } from './partHead.ts'

/** What reads on until there is more of a part. */
export interface PartSource {
  readOn(): Promise<void>
}

/** One part on its way: what has come of it and has not been read yet. */
export class IncomingPart implements Part {
  readonly name: string
  readonly filename: string | undefined
  readonly type: string
  readonly head: PartHead
  readonly #source: PartSource
  #pieces: Uint8Array[] = []
  #state: 'coming' | 'whole' | 'skipped' = 'coming'
  #isClaimed = false
  #headers: Headers | undefined
  #stream: ReadableStream<Uint8Array> | undefined

  constructor(source: PartSource, head: PartHead) {
    this.#source = source
    this.head = head
    this.name = head.name
    this.filename = head.filename
    this.type = head.type
  }

  get headers(): Headers {
    this.#headers ??= webHeaders(this.head.raw)
    return this.#headers
  }

  get stream(): ReadableStream<Uint8Array> {
    if (this.#stream) return this.#stream
    this.#claim()
    this.#stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.read()
          if (piece) controller.enqueue(piece)
          else controller.close()
        },
        cancel: () => this.skip(),
      },
      { highWaterMark: 0 },
    )
    return this.#stream
  }

  async bytes(): Promise<Uint8Array> {
    this.#claim()
    const pieces: Uint8Array[] = []
    for (let piece = await this.read(); piece; piece = await this.read()) pieces.push(piece)
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  }

  async text(): Promise<string> {
    return decodeText(await this.bytes(), `The part '${this.name}'`)
  }

  async json(): Promise<unknown> {
    return parseJson(await this.text(), `The part '${this.name}'`)
  }

  /** Whether someone has begun to read it, and is not at its end. */
  get isBeingRead(): boolean {
    return this.#isClaimed && (this.#state === 'coming' || this.#pieces.length > 0)
  }

  /** The next piece, or `undefined` at the end. @throws {HttpError} what keeps it from coming */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#state === 'skipped')
        throw new TypeError(`The part '${this.name}' was skipped: read it before you ask for the next one`)
      const piece = this.#pieces.shift()
      if (piece) return piece
      if (this.#state === 'whole') return undefined
      await this.#source.readOn()
    }
  }

  push(piece: Uint8Array): void {
    if (this.#state === 'coming') this.#pieces.push(piece)
  }

  end(): void {
    if (this.#state === 'coming') this.#state = 'whole'
  }

  /** Lets go of what has not been read, and of what still comes. */
  skip(): void {
    if (this.#state === 'whole' && this.#pieces.length === 0) return
    this.#state = 'skipped'
    this.#pieces = []
  }

  #claim(): void {
    if (this.#isClaimed) throw new TypeError(`The part '${this.name}' has already been read`)
    this.#isClaimed = true
  }
}
