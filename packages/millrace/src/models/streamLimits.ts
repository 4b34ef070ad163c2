import { after } from './timer.ts'

/** What keeps a stream from waiting for ever. */
export interface StreamLimits {
  /** Aborted when nobody wants the pieces any more; its reason is what the reader is told. */
  readonly signal: AbortSignal
  /** For the model to give each piece, and to notice the end, in milliseconds. */
  readonly silenceMs: number
  /** Called when the model takes longer. */
  readonly onSilence: () => void
  /** For the reader to take the next piece, in milliseconds. */
  readonly stallMs: number
  /** Called when the reader takes longer: has to abort the signal. */
  readonly onStall: () => void
  /** Called when the model is done with the stream, which may be later than the reader. */
  readonly onOver: () => void
}

/**
 * Reads a model's pieces within limits: the reader is free at once when it leaves, whatever the model does, and the
 * model once the reader has neither left nor read on for too long.
 */
export async function* limitStream<O>(
  pieces: AsyncIterable<O>,
  { signal, silenceMs, onSilence, stallMs, onStall, onOver }: StreamLimits,
): AsyncGenerator<O, void, undefined> {
  const iterator = pieces[Symbol.asyncIterator]()
  /** Of whoever is to act next: the model, or the reader. */
  let timer: NodeJS.Timeout | undefined
  let isEnding = false
  let cut: (reason: unknown) => void = () => undefined
  const next = () =>
    new Promise<IteratorResult<O>>((resolve, reject) => {
      clearTimeout(timer)
      if (signal.aborted) return reject(signal.reason)
      cut = reject
      timer = after(silenceMs, onSilence)
      iterator.next().then(resolve, reject)
    }).finally(() => clearTimeout(timer))
  const finish = () => {
    if (isEnding) return
    isEnding = true
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    const patience = after(silenceMs, onSilence)
    void end(iterator).then(() => {
      clearTimeout(patience)
      onOver()
    })
  }
  const onAbort = () => {
    cut(signal.reason)
    // Here, and not where the reader comes back: one that has stalled may never do so.
    finish()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (let piece = await next(); !piece.done; piece = await next()) {
      timer = after(stallMs, onStall)
      yield piece.value
    }
  } finally {
    finish()
  }
}

async function end(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // What the model says to its end nobody waits for any more.
  }
}
