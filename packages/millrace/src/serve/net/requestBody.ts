import { late, lost, tooLarge } from '../bodyErrors.ts'
import type { MaybePromise } from '../maybePromise.ts'
import { Pieces } from '../Pieces.ts'

/** What a body tells of, so that no more is read from the connection than is taken from the body. */
export interface BodyKeeper {
  /** Someone wants the body from now on. */
  onWanted(): void
  /** So many bytes are held no longer. */
  onTaken(bytes: number): void
}

const none: Uint8Array = new Uint8Array()
const noFields: readonly string[] = []
/** What a piece costs besides its own bytes, of which there may be one, in bytes. */
const pieceCost = 128

/** The body of one request, between the connection that fills it and whoever reads it. */
export class RequestBody {
  /** As announced; 0 where it comes in chunks. */
  readonly #announced: number
  readonly #keeper: BodyKeeper
  #pieces: Buffer[] = []
  #state: 'coming' | 'whole' | 'lost' | 'late' = 'coming'
  #trailers: readonly string[] | undefined = undefined
  #isClaimed = false
  #wake: (() => void) | undefined

  constructor(announced: number, keeper: BodyKeeper) {
    this.#announced = announced
    this.#keeper = keeper
  }

  /** Whether its last byte has not come yet. */
  get isComing(): boolean {
    return this.#state === 'coming'
  }

  /** What has followed it; `undefined` before its end. */
  get trailers(): readonly string[] | undefined {
    return this.#trailers
  }

  /** Adds what has come. Returns how many bytes of memory are held more than before. */
  push(piece: Buffer): number {
    if (this.#state !== 'coming') return 0
    this.#pieces.push(piece)
    return piece.length + pieceCost
  }

  /** Tells the reader of what was pushed. */
  flush(): void {
    this.#wake?.()
  }

  /** @param trailers name, value, name, value */
  end(trailers: readonly string[] = noFields): void {
    if (this.#state === 'coming') {
      this.#state = 'whole'
      this.#trailers = trailers
    }
    this.#wake?.()
  }

  /** It does not come in time. Returns whether somebody waits for it, who is told. */
  expire(): boolean {
    if (this.#state !== 'coming' || !this.#wake) return false
    this.#state = 'late'
    this.#wake()
    return true
  }

  /** Nobody can read it any more: what is held is let go, and what still comes is dropped. */
  drop(): void {
    this.#state = 'lost'
    this.#takeAll()
    this.#wake?.()
  }

  /** The whole body; at once when it has come already. @throws {HttpError} as `Exchange.body` says */
  read(maxBytes: number): MaybePromise<Uint8Array> {
    this.#claim(maxBytes)
    if (this.#state !== 'coming') return this.#whole(joined(this.#takeAll()), maxBytes)
    this.#keeper.onWanted()
    return new Promise((resolve, reject) => {
      const pieces = new Pieces()
      this.#wake = () => {
        for (const piece of this.#takeAll()) pieces.add(piece)
        if (this.#state === 'coming' && pieces.size <= maxBytes) return
        this.#wake = undefined
        try {
          resolve(this.#whole(pieces.whole(), maxBytes))
        } catch (error) {
          reject(error)
        }
      }
      this.#wake()
    })
  }

  /** The body in pieces, of which the next is taken from the connection when the last has been read. */
  stream(maxBytes: number): ReadableStream<Uint8Array> {
    this.#claim(maxBytes)
    let size = 0
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (this.#state === 'coming') this.#keeper.onWanted()
          if (this.#pieces.length === 0 && this.#state === 'coming')
            await new Promise<void>((resolve) => (this.#wake = resolve))
          this.#wake = undefined
          const piece = this.#pieces.shift()
          if (piece) {
            this.#keeper.onTaken(piece.length + pieceCost)
            size += piece.length
            if (size > maxBytes) controller.error(tooLarge(maxBytes))
            else controller.enqueue(piece)
          } else if (this.#state === 'whole') controller.close()
          else controller.error(this.#fault())
        },
        cancel: () => this.drop(),
      },
      { highWaterMark: 0 },
    )
  }

  #claim(maxBytes: number): void {
    if (this.#isClaimed) throw new TypeError('The body of this request has already been read')
    this.#isClaimed = true
    if (this.#announced > maxBytes) throw tooLarge(maxBytes)
  }

  #whole(bytes: Uint8Array, maxBytes: number): Uint8Array {
    if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes)
    if (this.#state !== 'whole') throw this.#fault()
    return bytes
  }

  #fault(): Error {
    return this.#state === 'late' ? late() : lost()
  }

  #takeAll(): Buffer[] {
    const pieces = this.#pieces
    if (pieces.length === 0) return pieces
    this.#pieces = []
    let size = 0
    for (const { length } of pieces) size += length + pieceCost
    this.#keeper.onTaken(size)
    return pieces
  }
}

function joined(pieces: readonly Buffer[]): Uint8Array {
  if (pieces.length === 0) return none
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
}
