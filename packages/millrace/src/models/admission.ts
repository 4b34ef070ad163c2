import { CallerLimitError, QueueFullError } from './errors.ts'

/** How many items a model takes on. */
export interface AdmissionOptions {
  /** Queued and running together. */
  readonly maxSize: number
  /** Of one caller. */
  readonly maxPerCaller: number
}

/** The rate is an average over about this many of the latest items. */
const rateWindow = 64
/** Less is not told apart: a batch may take no time that can be measured. */
const leastBusyMs = 0.01

/**
 * Counts what is queued and running. A slot is reserved before any work is done for it, and released exactly
 * once, however it ends.
 */
export class Admission {
  readonly #model: string
  readonly #options: AdmissionOptions
  readonly #perCaller = new Map<string, number>()
  #count = 0
  #itemsPerMs = 0

  constructor(model: string, options: AdmissionOptions) {
    this.#model = model
    this.#options = options
  }

  /** Items queued and running. */
  get count(): number {
    return this.#count
  }

  /**
   * Reserves slots, all or none. Returns their release; calling it more than once has no effect.
   *
   * @throws {QueueFullError} {@link CallerLimitError}
   */
  reserve(caller: string, slots = 1): () => void {
    const { maxSize, maxPerCaller } = this.#options
    if (this.#count + slots > maxSize)
      throw new QueueFullError(this.#model, this.#waitMs(this.#count + slots - maxSize))
    const own = this.#perCaller.get(caller) ?? 0
    if (own + slots > maxPerCaller)
      throw new CallerLimitError(this.#model, maxPerCaller, this.#waitMs(own + slots - maxPerCaller))
    this.#count += slots
    this.#perCaller.set(caller, own + slots)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.#count -= slots
      const left = (this.#perCaller.get(caller) ?? 0) - slots
      if (left > 0) this.#perCaller.set(caller, left)
      else this.#perCaller.delete(caller)
    }
  }

  /** Learns the rate from items that kept one of so many lanes busy for this long. */
  learn(items: number, busyMs: number, lanes: number): void {
    const rate = (items / Math.max(busyMs, leastBusyMs)) * lanes
    const weight = Math.min(1, items / rateWindow)
    this.#itemsPerMs = this.#itemsPerMs === 0 ? rate : this.#itemsPerMs * (1 - weight) + rate * weight
  }

  /** How long the model should need for this many items; a second until the rate is known. */
  #waitMs(items: number): number {
    return this.#itemsPerMs === 0 ? 1_000 : items / this.#itemsPerMs
  }
}

/**
 * A slot that was reserved before it was known what for: a request's, from before its body was read. One
 * call at a time uses it; further ones beside it reserve their own.
 */
export class Slot {
  readonly #release: () => void
  #isTaken = false
  #isGivenUp = false

  constructor(release: () => void) {
    this.#release = release
  }

  /** Takes the slot for one call. Returns how to give it back, or `undefined` where it cannot be had. */
  take(): (() => void) | undefined {
    if (this.#isTaken || this.#isGivenUp) return undefined
    this.#isTaken = true
    return () => {
      this.#isTaken = false
      if (this.#isGivenUp) this.#release()
    }
  }

  /** Gives the slot up for good: at once, or with the end of the call that has it. */
  release(): void {
    this.#isGivenUp = true
    if (!this.#isTaken) this.#release()
  }
}
