import { withoutFrames } from '../errors/withoutFrames.ts'
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

  /** Of one call: more would find no room even where nothing else is under way. */
  get mostAtOnce(): number {
    return Math.min(this.#options.maxSize, this.#options.maxPerCaller)
  }

  /**
   * Reserves a place. Whose it is may be told later, by {@link Place.countFor}: until then it is nobody's, and
   * counts for the whole alone.
   *
   * @throws {QueueFullError} {@link CallerLimitError}
   */
  reserve(caller: string | undefined): Place {
    this.ensureRoom(1, caller)
    this.#count++
    if (caller !== undefined) this.#add(caller, 1)
    return new CountedPlace(this, caller)
  }

  /**
   * Whether so many more places could be reserved in this turn of the event loop.
   *
   * @param ofCaller how many of them would be new ones of this caller, where it has a place that is not counted anew
   * @throws {QueueFullError} {@link CallerLimitError}
   */
  ensureRoom(places: number, caller: string | undefined, ofCaller: number = places): void {
    const { maxSize } = this.#options
    if (this.#count + places > maxSize)
      throw withoutFrames(() => new QueueFullError(this.#model, this.#waitMs(this.#count + places - maxSize)))
    if (caller !== undefined) this.#ensureRoomOf(caller, ofCaller)
  }

  /** Counts a place for another caller. @throws {CallerLimitError} when that one has as many as it may; nothing changes then */
  move(from: string | undefined, to: string): void {
    this.#ensureRoomOf(to, 1)
    this.#add(to, 1)
    if (from !== undefined) this.#add(from, -1)
  }

  release(caller: string | undefined): void {
    this.#count--
    if (caller !== undefined) this.#add(caller, -1)
  }

  #ensureRoomOf(caller: string, places: number): void {
    const { maxPerCaller } = this.#options
    const wanted = (this.#perCaller.get(caller) ?? 0) + places
    if (wanted > maxPerCaller)
      throw withoutFrames(() => new CallerLimitError(this.#model, maxPerCaller, this.#waitMs(wanted - maxPerCaller)))
  }

  #add(caller: string, places: number): void {
    const count = (this.#perCaller.get(caller) ?? 0) + places
    if (count > 0) this.#perCaller.set(caller, count)
    else this.#perCaller.delete(caller)
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

/** A place among what is queued and running, counted for whoever has it. */
export interface Place {
  /** Whose it is, as far as it is known. */
  readonly caller: string | undefined
  /** Counts it for another caller. @throws {CallerLimitError} when that one has as many as it may; it stays as it was then */
  countFor(caller: string): void
  /** Frees it. Only the first call counts. */
  release(): void
}

class CountedPlace implements Place {
  readonly #admission: Admission
  #isReleased = false
  caller: string | undefined

  constructor(admission: Admission, caller: string | undefined) {
    this.#admission = admission
    this.caller = caller
  }

  countFor(caller: string): void {
    if (this.#isReleased || caller === this.caller) return
    this.#admission.move(this.caller, caller)
    this.caller = caller
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#admission.release(this.caller)
  }
}

/**
 * A place that was reserved before it was known what for, and maybe for whom: a request's, from before its body was
 * read. One call at a time uses it, and is counted there for its caller; further ones beside it reserve their own.
 */
export class Slot {
  readonly #place: Place
  #isTaken = false
  #isGivenUp = false

  constructor(place: Place) {
    this.#place = place
  }

  /** Whether a call can have it. */
  get isFree(): boolean {
    return !this.#isTaken && !this.#isGivenUp
  }

  /** For whom it is counted. */
  get caller(): string | undefined {
    return this.#place.caller
  }

  /**
   * Takes it for one call of this caller. Returns how to give it back, or `undefined` where it cannot be had.
   *
   * @throws {CallerLimitError} when the caller has as many places as it may
   */
  take(caller: string): Pick<Place, 'release'> | undefined {
    if (!this.isFree) return undefined
    this.#place.countFor(caller)
    this.#isTaken = true
    return {
      release: () => {
        this.#isTaken = false
        if (this.#isGivenUp) this.#place.release()
      },
    }
  }

  /** Gives it up for good: at once, or with the end of the call that has it. */
  release(): void {
    this.#isGivenUp = true
    if (!this.#isTaken) this.#place.release()
  }
}
