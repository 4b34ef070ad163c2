import type { Logger } from '../input/log.ts'

/** How long a shutdown waits. */
export interface Grace {
  /** For requests and the work after them to end by themselves, in milliseconds. */
  readonly graceMs: number
}

/** Something that is open. */
export interface Closer {
  readonly name: string
  readonly close: (grace: Grace) => Promise<void>
  /** In place of it where the start has failed, of what can be opened again. */
  readonly takeBack?: (() => Promise<void>) | undefined
}

/** For all that an app closes at its end, in milliseconds, beyond the grace. */
export const closeMs = 3_000

/** What an app has opened, and closes again: newest first, and none of it is waited for for ever. */
export class Closers {
  readonly #log: Logger
  /** In order of opening. */
  readonly #open: Closer[] = []
  /** Names of what did not come to its end in time. */
  readonly hung: string[] = []

  constructor(log: Logger) {
    this.#log = log
  }

  add(closer: Closer): void {
    this.#open.push(closer)
  }

  closeAll(grace: Grace): Promise<void> {
    return this.#closeBy(({ close }) => close(grace))
  }

  /** As {@link closeAll}, but what can be opened again may be. */
  takeAllBack(): Promise<void> {
    return this.#closeBy(({ close, takeBack }) => (takeBack ? takeBack() : close({ graceMs: 0 })))
  }

  /** Waits for what opens or closes, but not for longer. Whether it fails is for others to tell. */
  async wait(ms: number, work: Promise<void>, name: () => string): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.hung.push(name())
      this.#log.error(`${name()} did not end in time`)
      late.resolve()
    }, ms)
    await Promise.race([work.catch(() => undefined), late.promise])
    clearTimeout(timer)
  }

  async #closeBy(end: (closer: Closer) => Promise<void>): Promise<void> {
    const endsAt = performance.now() + closeMs
    for (const closer of this.#open.splice(0).reverse()) {
      const ended = end(closer).catch((error) => this.#log.error(`${closer.name} failed at its end`, { error }))
      await this.wait(endsAt - performance.now(), ended, () => closer.name)
    }
  }
}
