import { setImmediate as turn } from 'node:timers/promises'
import type { RequestContext } from '../input/context.ts'

/** The requests that are being answered, or whose work after the answer is not done. */
export class InFlight {
  /** Each request knows its slot: adding to a Set and deleting from it took 5 % of W2's processor time. */
  readonly #contexts: RequestContext[] = []
  readonly #onIdle = new Set<() => void>()

  get count(): number {
    return this.#contexts.length
  }

  /** As they are now. */
  get contexts(): readonly RequestContext[] {
    return [...this.#contexts]
  }

  enter(context: RequestContext): void {
    if (context['~slot'] < 0) context['~slot'] = this.#contexts.push(context) - 1
  }

  leave(context: RequestContext): void {
    const slot = context['~slot']
    if (slot < 0) return
    context['~slot'] = -1
    const last = this.#contexts.pop() as RequestContext
    if (last !== context) {
      this.#contexts[slot] = last
      last['~slot'] = slot
    }
    if (this.#contexts.length > 0 || this.#onIdle.size === 0) return
    for (const listener of this.#onIdle) listener()
  }

  /** Lets what has no end of its own come to one: WebSockets. */
  drain(): void {
    for (const context of [...this.#contexts]) context['~drain']()
  }

  abort(reason: Error): void {
    for (const context of [...this.#contexts]) context['~abort'](reason)
  }

  /** Resolves when no request is in flight. */
  idle(): Promise<void> {
    if (this.#contexts.length === 0) return Promise.resolve()
    const idle = Promise.withResolvers<void>()
    this.#onIdle.add(idle.resolve)
    return idle.promise.finally(() => this.#onIdle.delete(idle.resolve))
  }

  /**
   * Whether no request is in flight any more before the time is up, nor one that has come and is not read yet.
   *
   * @param settle waits for requests that may be on their way, once none is in flight
   */
  async idleWithin(ms: number, settle?: () => Promise<void>): Promise<boolean> {
    const late = Promise.withResolvers<false>()
    const timer = setTimeout(() => late.resolve(false), ms)
    const isIdle = await Promise.race([this.#quiet(settle).then(() => true), late.promise])
    clearTimeout(timer)
    return isIdle
  }

  async #quiet(settle?: () => Promise<void>): Promise<void> {
    await this.idle()
    await settle?.()
    do {
      await this.idle()
      // What clients had sent by then has been read two turns later; to cut it would lose requests that nobody may repeat.
      await turn()
      await turn()
    } while (this.count > 0)
  }
}
