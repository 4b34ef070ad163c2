import { after } from './timer.ts'

/** What keeps a stream from waiting for ever. */
export interface StreamLimits {
  /** Aborted when nobody wants the pieces any more; its reason is what the reader is told. */
  readonly signal: AbortSignal
  /** For each piece, and for the model to notice the end, in milliseconds. */
  readonly limitMs: number
  /** Called when the model takes longer. */
  readonly onStall: () => void
  /** Called when the model is done with the stream, which may be later than the reader. */
  readonly onOver: () => void
}

/** Reads a model's pieces within limits: the reader is free at once when it leaves, whatever the model does. */
export async function* limitStream<O>(
  pieces: AsyncIterable<O>,
  { signal, limitMs, onStall, onOver }: StreamLimits,
): AsyncGenerator<O, void, undefined> {
  const iterator = pieces[Symbol.asyncIterator]()
  let timer: NodeJS.Timeout | undefined
  let cut: (reason: unknown) => void = () => undefined
  const onAbort = () => cut(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const next = () =>
    new Promise<IteratorResult<O>>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      cut = reject
      timer = after(limitMs, onStall)
      iterator.next().then(resolve, reject)
    }).finally(() => clearTimeout(timer))
  try {
    for (let piece = await next(); !piece.done; piece = await next()) yield piece.value
  } finally {
    signal.removeEventListener('abort', onAbort)
    timer = after(limitMs, onStall)
    void end(iterator).then(() => {
      clearTimeout(timer)
      onOver()
    })
  }
}

async function end(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // What the model says to its end nobody waits for any more.
  }
}
