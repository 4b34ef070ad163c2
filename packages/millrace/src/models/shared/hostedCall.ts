import type { Slot } from '../admission.ts'
import type { Timing } from '../options.ts'
import { tensorsIn, type Way } from '../tensorWays.ts'
import type { FromHost, SharedError } from './messages.ts'
import { toSharedError } from './sharedErrors.ts'

/** A process that serves HTTP, as the one with the models sees it. */
export interface Peer {
  send(message: FromHost): void
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}

/** One question of a process, until it has been answered or dropped. */
export class HostedCall {
  slot: Slot | undefined
  readonly #id: number
  readonly #peer: Peer
  readonly #forget: () => void
  readonly #controller = new AbortController()
  #timing: Timing | undefined
  #wanted = 0
  #wake: (() => void) | undefined

  constructor(id: number, peer: Peer, forget: () => void) {
    this.#id = id
    this.#peer = peer
    this.#forget = forget
  }

  get isDropped(): boolean {
    return this.#controller.signal.aborted
  }

  /** Options that tie a run to this call. */
  bound(slot: Slot | undefined): { signal: AbortSignal; onTiming: (timing: Timing) => void; slot?: Slot } {
    const onTiming = (timing: Timing) => {
      this.#timing = longer(this.#timing, timing)
    }
    return { signal: this.#controller.signal, onTiming, ...(slot ? { slot } : {}) }
  }

  /** @throws what the result throws, and when it cannot be sent */
  async settle(result: Promise<unknown>): Promise<void> {
    const value = await result
    this.#send({ value, tensors: Array.isArray(value) ? tensorsIn(value) : undefined, timing: this.#timing })
  }

  /** Keeps a slot until the process drops it. */
  async hold(reserve: () => Slot | Promise<Slot>): Promise<void> {
    this.slot = await reserve()
    // The process may have given it up while it was on its way.
    if (this.isDropped) return this.slot.release()
    this.#peer.send({ kind: 'model', id: this.#id, value: undefined })
  }

  /** @throws what the stream throws, and when a piece cannot be sent */
  async stream(pieces: AsyncIterable<unknown>): Promise<void> {
    // The times to the first piece go with it, for the headers of an answer that begins with it.
    let isFirst = true
    for await (const piece of pieces) {
      const timing = isFirst ? this.#timing : undefined
      isFirst = false
      while (this.#wanted === 0 && !this.isDropped) await new Promise<void>((resolve) => (this.#wake = resolve))
      if (this.isDropped) return
      this.#wanted--
      this.#peer.send({ kind: 'model', id: this.#id, piece, tensors: tensorsIn([piece]), timing })
    }
    this.#send({ end: true, timing: this.#timing })
  }

  demand(pieces: number): void {
    this.#wanted += pieces
    this.#wake?.()
  }

  /** The process wants no answer any more. */
  drop(): void {
    this.slot?.release()
    this.#controller.abort()
    this.#wake?.()
    this.#forget()
  }

  fail(error: unknown): void {
    if (!this.isDropped) this.#send({ error: toSharedError(error), timing: this.#timing })
  }

  #send(
    answer:
      | { value: unknown; tensors: readonly Way[] | undefined; timing: Timing | undefined }
      | { error: SharedError; timing: Timing | undefined }
      | { end: true; timing: Timing | undefined },
  ): void {
    this.#peer.send({ kind: 'model', id: this.#id, ...answer })
    this.#forget()
  }
}

/** Items of one call go side by side, so it has waited as long as the longest. */
function longer(one: Timing | undefined, other: Timing): Timing {
  if (!one) return other
  return { queueMs: Math.max(one.queueMs, other.queueMs), runMs: Math.max(one.runMs, other.runMs) }
}
