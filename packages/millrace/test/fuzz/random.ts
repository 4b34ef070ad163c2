/** Numbers that look like chance, and are the same for the same seed (xorshift32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) % limit
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[] | string): T | string {
    return list[this.below(list.length)] as T | string
  }
}
