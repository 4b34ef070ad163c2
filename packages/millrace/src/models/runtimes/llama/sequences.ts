import type { LlamaChat, LlamaCompletion, LlamaSequence, LlamaToken } from './package.ts'

/** One text of the context, with what works on it. */
export interface Seat {
  readonly sequence: LlamaSequence
  readonly chat: LlamaChat
  readonly completion: LlamaCompletion
}

/** The sequences of a context: who has one, and who waits for one. */
export class Sequences {
  readonly #free: Seat[]
  readonly #waiting: ((seat: Seat) => void)[] = []

  constructor(seats: readonly Seat[]) {
    this.#free = [...seats]
  }

  /**
   * A sequence for a text. Of the free ones it is the one that has most of the text's beginning already
   * computed: the next turn of a conversation then costs only what is new.
   */
  async take(tokens: readonly LlamaToken[]): Promise<Seat> {
    const best = this.#free.toSorted((a, b) => computed(b, tokens) - computed(a, tokens))[0]
    // The lane of a caller who has left is free at once, its sequence only after the next token.
    if (!best) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#free.splice(this.#free.indexOf(best), 1)
    return best
  }

  give(seat: Seat): void {
    const next = this.#waiting.shift()
    if (next) next(seat)
    else this.#free.push(seat)
  }
}

function computed({ sequence }: Seat, tokens: readonly LlamaToken[]): number {
  return sequence.compareContextTokens(tokens).firstDifferentIndex
}
