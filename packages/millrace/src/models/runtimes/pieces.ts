/** Pieces of a stream on their way from where they are made to where they are read. */
export class Pieces<O> {
  readonly #waiting: O[] = []
  #end: { readonly error?: unknown } | undefined
  #wake: (() => void) | undefined

  push(piece: O): void {
    this.#waiting.push(piece)
    this.#wake?.()
  }

  /** No more will come; only the first end counts. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wake?.()
  }

  /** Reads on until the end. @param onTaken called for each piece that the reader is done with */
  async *read(onTaken: () => void): AsyncGenerator<O, void, undefined> {
    while (true) {
      while (this.#waiting.length > 0) {
        yield this.#waiting.shift() as O
        onTaken()
      }
      if (this.#end) {
        if ('error' in this.#end) throw this.#end.error
        return
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
