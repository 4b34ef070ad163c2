/** What is to know of changes. */
export interface Includer {
  '~changed'(): void
}

/** What includes a router. Weakly: a router that is shared outlives the apps of many tests. */
export class Includers {
  readonly #all = new Set<WeakRef<Includer>>()

  /** @param includer always the same reference of one */
  add(includer: WeakRef<Includer>): void {
    this.#all.add(includer)
    // Now and then, so that those that are gone do not pile up: whenever there are twice as many.
    if ((this.#all.size & (this.#all.size - 1)) === 0)
      for (const reference of this.#all) if (!reference.deref()) this.#all.delete(reference)
  }

  tell(): void {
    for (const reference of this.#all) {
      const includer = reference.deref()
      if (includer) includer['~changed']()
      else this.#all.delete(reference)
    }
  }
}
