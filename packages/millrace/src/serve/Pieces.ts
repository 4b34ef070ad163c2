/** Each piece costs some hundred bytes besides its own, which may be one: so many are joined. */
const maxPieces = 1_024

/** The pieces of a body that is wanted whole. */
export class Pieces {
  /** In bytes. */
  size = 0
  readonly #joined: Uint8Array[] = []
  #pieces: Uint8Array[] = []

  add(piece: Uint8Array): void {
    this.size += piece.byteLength
    this.#pieces.push(piece)
    if (this.#pieces.length < maxPieces) return
    this.#joined.push(Buffer.concat(this.#pieces))
    this.#pieces = []
  }

  /** All of them, in order. */
  whole(): Uint8Array {
    const [first, second] = this.#joined.length === 0 ? this.#pieces : []
    return first !== undefined && second === undefined ? first : Buffer.concat([...this.#joined, ...this.#pieces])
  }
}
