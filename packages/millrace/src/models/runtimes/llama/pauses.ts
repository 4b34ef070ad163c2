import type { LlamaSequence } from './package.ts'

/**
 * Lets a sequence forget what it has while others go on. The library (3.22) keeps its context locked for as long
 * as any sequence has a token to compute, which is always, so that the next text of a free sequence would begin
 * only when all others have ended. Here all wait before their next token until the change is made.
 */
export class Pauses {
  #changes = 0
  #over: PromiseWithResolvers<void> | undefined

  /** Makes the methods of a sequence that change or continue it take part. */
  attach(sequence: LlamaSequence): LlamaSequence {
    const evaluate = sequence.evaluate.bind(sequence)
    const erase = sequence.eraseContextTokenRanges.bind(sequence)
    const adapt = sequence.adaptStateToTokens.bind(sequence)
    return Object.assign(sequence, {
      evaluate: (...args: Parameters<typeof evaluate>) => this.#between(evaluate(...args)),
      eraseContextTokenRanges: (...args: Parameters<typeof erase>) => this.#change(() => erase(...args)),
      adaptStateToTokens: (...args: Parameters<typeof adapt>) => this.#change(() => adapt(...args)),
    })
  }

  async #change(make: () => Promise<void>): Promise<void> {
    this.#changes++
    this.#over ??= Promise.withResolvers()
    try {
      await make()
    } finally {
      this.#changes--
      if (this.#changes === 0) {
        this.#over.resolve()
        this.#over = undefined
      }
    }
  }

  async *#between<T, I>(tokens: AsyncGenerator<T, void, I>): AsyncGenerator<T, void, I> {
    try {
      // What the reader answers with is for the inner generator; nobody can answer before the first token.
      let answer = undefined as I
      while (true) {
        while (this.#over) await this.#over.promise
        const { value, done } = await tokens.next(answer)
        if (done) return
        answer = yield value
      }
    } finally {
      await tokens.return()
    }
  }
}
