import { after } from '../../timer.ts'

/** How long one try may keep its caller waiting. It does not count while it rests, as between the pieces of a slow reader. */
export class Patience {
  readonly #ms: number
  readonly #late = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
    this.resume()
  }

  /** Aborted when it has come to its end. */
  get signal(): AbortSignal {
    return this.#late.signal
  }

  get isOver(): boolean {
    return this.#late.signal.aborted
  }

  rest(): void {
    clearTimeout(this.#timer)
  }

  /** Counts from the beginning. */
  resume(): void {
    this.#timer = after(this.#ms, () => this.#late.abort())
  }
}

/** Waits so long, or until it is not wanted any more. @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
